export { assertNever } from "../errors.ts";
export type { AttachKind, AttachType, MapType, ProgramType } from "../object/kinds.ts";
export * from "./query.ts";
export * from "./types.ts";
