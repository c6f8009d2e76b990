import { type SkeletonOptions, sdkOf, skeletonGenerator } from "@lbc/emit/nx";
import { emit } from "../index.ts";

/** `nx g @lbc/gen-go:skeleton`. */
export default skeletonGenerator<SkeletonOptions>(
  () => sdkOf(emit),
  () => "go",
);
