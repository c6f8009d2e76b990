import { type Instruction, load64Opcode } from "./decode.ts";

/** The lowest three bits of an opcode. @see https://docs.kernel.org/bpf/standardization/instruction-set.html#instruction-classes */
export const insnClass = { ld: 0, ldx: 1, st: 2, stx: 3, alu: 4, jmp: 5, jmp32: 6, alu64: 7 } as const;

/** BPF_JMP | BPF_CALL with a constant. */
const callOpcode = 0x85;

/** A load of a 64-bit constant, such as the address of a map. */
export function isLoad64(instruction: Instruction): boolean {
  return instruction.opcode === load64Opcode;
}

/** What the source register of a helper's call says; other calls are of subprograms and kfuncs. */
const helperSource = 0;

/** A call of a helper; `immediate` is its number. @see https://docs.kernel.org/bpf/standardization/instruction-set.html#helper-functions */
export function isHelperCall(instruction: Instruction): boolean {
  return instruction.opcode === callOpcode && instruction.source === helperSource;
}
