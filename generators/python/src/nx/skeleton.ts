import { type SkeletonOptions, sdkOf, skeletonGenerator } from "@lbc/emit/nx";
import { emit } from "../index.ts";

/** `nx g @lbc/gen-python:skeleton`. */
export default skeletonGenerator<SkeletonOptions>(
  () => sdkOf(emit),
  () => "python",
);
