export { default as skeletonGenerator, type Options as SkeletonOptions } from "./skeleton.ts";
