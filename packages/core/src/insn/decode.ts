import { ByteReader, type Endianness } from "../bytes/index.ts";
import { LbcError } from "../errors.ts";

export type InsnErrorCode = "odd-size" | "half-instruction";

/** The bytes are no sequence of whole BPF instructions. */
export class InsnError extends LbcError<InsnErrorCode> {}

/**
 * One BPF instruction: 8 bytes, or 16 where the second slot holds the upper half of a 64-bit constant.
 * @see https://docs.kernel.org/bpf/standardization/instruction-set.html#instruction-encoding
 */
export interface Instruction {
  /** Byte offset in the section or program. */
  readonly position: number;
  /** Class, operation, source or size and mode, as one byte. */
  readonly opcode: number;
  /** Destination register, 0 to 10. */
  readonly destination: number;
  /** Source register, or what kind of constant a 64-bit load has (BPF_PSEUDO_*). */
  readonly source: number;
  /** Signed 16-bit: of a jump in instructions of 8 bytes, of a load or store in bytes. */
  readonly offset: number;
  /** Signed 32-bit constant. */
  readonly immediate: number;
  /** The upper half of a 64-bit constant, signed; null where the instruction has one slot. */
  readonly upperImmediate: number | null;
}

/** BPF_LD | BPF_IMM | BPF_DW, the only instruction of two slots. */
export const load64Opcode = 0x18;
const slotSize = 8;

/** Decodes all instructions. Throws InsnError. */
export function decodeInstructions(code: Uint8Array, endianness: Endianness): Instruction[] {
  if (code.length % slotSize !== 0) {
    throw new InsnError("odd-size", {
      message: `${code.length} bytes of code, which is no multiple of ${slotSize}`,
      hint: "compile the object again",
    });
  }
  const reader = new ByteReader(code, endianness);
  const instructions: Instruction[] = [];
  for (let position = 0; position < code.length; ) {
    const instruction = decodeAt(reader, position);
    instructions.push(instruction);
    position += instruction.upperImmediate === null ? slotSize : 2 * slotSize;
  }
  return instructions;
}

function decodeAt(reader: ByteReader, position: number): Instruction {
  const opcode = reader.u8(position);
  const registers = reader.u8(position + 1);
  const little = reader.endianness === "little";
  const wide = opcode === load64Opcode;
  if (wide && position + 2 * slotSize > reader.length) {
    throw new InsnError("half-instruction", {
      offset: position,
      message: "the code ends within a 64-bit load",
      hint: "compile the object again",
    });
  }
  return {
    position,
    opcode,
    // The two registers are bit-fields of one byte, so that their order is that of the target.
    destination: little ? registers & 0xf : registers >> 4,
    source: little ? registers >> 4 : registers & 0xf,
    offset: reader.i16(position + 2),
    immediate: reader.i32(position + 4),
    upperImmediate: wide ? reader.i32(position + slotSize + 4) : null,
  };
}
