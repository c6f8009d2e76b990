export { type MakeSdk, type SdkRequest, type SkeletonOptions, sdkOf, skeletonGenerator } from "./skeleton.ts";
