import { type SkeletonOptions, sdkOf, skeletonGenerator } from "@lbc/emit/nx";
import { emit } from "../index.ts";

interface Options extends SkeletonOptions {
  /** How 64-bit integers are seen. */
  readonly u64?: "bigint" | "number";
}

/** `nx g @lbc/gen-typescript:skeleton`. */
export default skeletonGenerator<Options>(
  ({ u64 = "bigint" }) => sdkOf((layout, options) => emit(layout, { ...options, u64 })),
  () => "typescript",
);
