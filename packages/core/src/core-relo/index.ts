export { typesCompatible } from "./compatible.ts";
export { CoreRelocationError, type CoreRelocationErrorCode } from "./errors.ts";
export { essentialName } from "./names.ts";
export { patchInstruction } from "./patch.ts";
export { CoreResolver, type Resolution } from "./resolve.ts";
export type { Requested } from "./spec.ts";
