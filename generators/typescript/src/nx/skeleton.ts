import { type SkeletonOptions, sdkOf, skeletonGenerator } from "@lbc/emit/nx";
import { emit } from "../index.ts";

/** `nx g @lbc/gen-typescript:skeleton`. */
export default skeletonGenerator<SkeletonOptions>(
  () => sdkOf(emit),
  () => "typescript",
);
