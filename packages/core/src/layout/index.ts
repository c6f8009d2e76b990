export { assertNever } from "../errors.ts";
export type { AttachKind, AttachType, MapType, ProgramType } from "../object/kinds.ts";
export { didYouMean } from "../suggest.ts";
export * from "./declared.ts";
export { LayoutError, type LayoutErrorCode } from "./errors.ts";
export * from "./leaves.ts";
export * from "./query.ts";
export { type LayoutOptions, resolveLayout } from "./resolve.ts";
export * from "./types.ts";
