export { decodeInstructions, InsnError, type InsnErrorCode, type Instruction } from "./decode.ts";
export { insnClass, isHelperCall, isLoad64 } from "./kinds.ts";
