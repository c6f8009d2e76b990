export { decodeInstructions, encodeInstruction, InsnError, type InsnErrorCode, type Instruction } from "./codec.ts";
export { insnClass, isHelperCall, isLoad64, isSubprogramCall, pseudoCall, pseudoSource } from "./kinds.ts";
