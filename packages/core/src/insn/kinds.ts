import { type Instruction, load64Opcode } from "./codec.ts";

/** The lowest three bits of an opcode. @see https://docs.kernel.org/bpf/standardization/instruction-set.html#instruction-classes */
export const insnClass = { ld: 0, ldx: 1, st: 2, stx: 3, alu: 4, jmp: 5, jmp32: 6, alu64: 7 } as const;

/** BPF_PSEUDO_*: what the constant of a 64-bit load stands for, in its source register. @see include/uapi/linux/bpf.h */
export const pseudoSource = { constant: 0, mapFd: 1, mapValue: 2, btfId: 3, function: 4, mapIndex: 5, mapIndexValue: 6 } as const;

/** What a call's source register says. @see https://docs.kernel.org/bpf/standardization/instruction-set.html#helper-functions */
export const pseudoCall = { helper: 0, subprogram: 1, kfunc: 2 } as const;

/** BPF_JMP | BPF_CALL with a constant. */
const callOpcode = 0x85;

/** A load of a 64-bit constant, such as the address of a map. */
export function isLoad64(instruction: Instruction): boolean {
  return instruction.opcode === load64Opcode;
}

/** A call of a helper; `immediate` is its number. */
export function isHelperCall(instruction: Instruction): boolean {
  return instruction.opcode === callOpcode && instruction.source === pseudoCall.helper;
}

/** A call of another function of the object. */
export function isSubprogramCall(instruction: Instruction): boolean {
  return instruction.opcode === callOpcode && instruction.source === pseudoCall.subprogram;
}
