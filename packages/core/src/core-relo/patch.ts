import type { Endianness } from "../bytes/index.ts";
import { CoreRelocationError } from "./errors.ts";
import type { Resolution } from "./resolve.ts";

/** Bytes of one instruction. @see https://www.rfc-editor.org/rfc/rfc9669 */
const size = 8;
const loadImmediate64 = 0x18;
/** `call 0xbad2310`: a helper that does not exist, so that the verifier says "invalid func" if it gets there. */
const poison = { opcode: 0x85, immediate: 0xbad2310 };
const sizeBits: Readonly<Record<number, number>> = { 4: 0x00, 2: 0x08, 1: 0x10, 8: 0x18 };

/**
 * Rewrites the instruction at a byte offset. Throws CoreRelocationError `unexpected-instruction` where it does not hold what the
 * compiler should have put there, `offset-out-of-range` where the new offset does not fit.
 */
export function patchInstruction(code: Uint8Array, offset: number, resolution: Resolution, endianness: Endianness): void {
  if (offset < 0 || offset % size !== 0 || offset + size > code.length) throw unexpected("no instruction there", offset);
  const view = new DataView(code.buffer, code.byteOffset, code.byteLength);
  const little = endianness === "little";
  const opcode = view.getUint8(offset);
  if (resolution.poison) {
    poisonAt(view, offset, opcode, little);
    return;
  }
  switch (opcode & 0x07) {
    case 0x04:
    case 0x07:
      patchArithmetic(view, offset, opcode, resolution, little);
      return;
    case 0x01:
    case 0x02:
    case 0x03:
      patchMemory(view, offset, opcode, resolution, little);
      return;
    default:
      patchImmediate64(view, offset, opcode, resolution, little);
  }
}

const unexpected = (what: string, offset: number): CoreRelocationError =>
  new CoreRelocationError("unexpected-instruction", { offset, message: what, hint: "the object was changed after it was compiled" });

function poisonAt(view: DataView, offset: number, opcode: number, little: boolean): void {
  const slots = opcode === loadImmediate64 && offset + 2 * size <= view.byteLength ? 2 : 1;
  for (let slot = 0; slot < slots; slot++) {
    const at = offset + slot * size;
    view.setUint32(at, 0, little);
    view.setUint8(at, poison.opcode);
    view.setUint32(at + 4, poison.immediate, little);
  }
}

/** `r += imm`, `r = imm` and so on. */
function patchArithmetic(view: DataView, offset: number, opcode: number, resolution: Resolution, little: boolean): void {
  if ((opcode & 0x08) !== 0) throw unexpected("an arithmetic instruction without an immediate", offset);
  const held = view.getInt32(offset + 4, little);
  if (resolution.validate && BigInt.asIntN(32, resolution.original) !== BigInt(held)) {
    throw unexpected(`the instruction holds ${held}, not ${resolution.original}`, offset);
  }
  view.setInt32(offset + 4, Number(BigInt.asIntN(32, resolution.value)), little);
}

/** `*(size *)(r + offset)`: the offset, and the size where the field has another one on the target. */
function patchMemory(view: DataView, offset: number, opcode: number, resolution: Resolution, little: boolean): void {
  const held = view.getInt16(offset + 2, little);
  if (resolution.validate && resolution.original !== BigInt(held)) {
    throw unexpected(`the instruction holds offset ${held}, not ${resolution.original}`, offset);
  }
  if (resolution.value > 0x7fffn) {
    throw new CoreRelocationError("offset-out-of-range", { offset, message: `offset ${resolution.value} does not fit into a load` });
  }
  const { resize } = resolution;
  if (resize !== null && !resize.safe) {
    poisonAt(view, offset, opcode, little);
    return;
  }
  view.setInt16(offset + 2, Number(resolution.value), little);
  if (resize === null) return;
  const bits = sizeBits[resize.to];
  if (bits === undefined || sizeBits[resize.from] !== (opcode & 0x18)) {
    throw unexpected(`a load of ${resize.from} bytes cannot become one of ${resize.to}`, offset);
  }
  view.setUint8(offset, (opcode & ~0x18) | bits);
}

/** `r = imm ll`, in two slots. */
function patchImmediate64(view: DataView, offset: number, opcode: number, resolution: Resolution, little: boolean): void {
  const plain = opcode === loadImmediate64 && view.getUint8(offset + 1) >> 4 === 0 && offset + 2 * size <= view.byteLength;
  if (!plain || view.getUint8(offset + size) !== 0) throw unexpected("neither arithmetic, load, store nor 64-bit immediate", offset);
  const held = (BigInt(view.getUint32(offset + size + 4, little)) << 32n) | BigInt(view.getUint32(offset + 4, little));
  if (resolution.validate && BigInt.asUintN(64, resolution.original) !== held) {
    throw unexpected(`the instruction holds ${held}, not ${resolution.original}`, offset);
  }
  const value = BigInt.asUintN(64, resolution.value);
  view.setUint32(offset + 4, Number(value & 0xffffffffn), little);
  view.setUint32(offset + size + 4, Number(value >> 32n), little);
}
