/** Where a bit-field lies: the bytes that contain it, and what of the number in them it is. */
export interface BitRange {
  /** Size of the unit in bytes, 1–16. */
  readonly bytes: number;
  /** Right shift that brings the field to bit 0, once the unit is read as one number. */
  readonly shift: number;
  /** Width in bits. */
  readonly bits: number;
}

/** A bit-field, or any integer that no DataView method reads: of 3, 5–7 or 9–16 bytes. */
export function readBits(view: DataView, offset: number, range: BitRange, signed: boolean, little: boolean): bigint {
  const value = readUnit(view, offset, range.bytes, little) >> BigInt(range.shift);
  return signed ? BigInt.asIntN(range.bits, value) : BigInt.asUintN(range.bits, value);
}

/** Writes the bits of one field, those of its neighbours stay; what does not fit is cut off. */
export function writeBits(value: bigint, view: DataView, offset: number, range: BitRange, little: boolean): void {
  const shift = BigInt(range.shift);
  const mask = ((1n << BigInt(range.bits)) - 1n) << shift;
  const unit = (readUnit(view, offset, range.bytes, little) & ~mask) | ((value << shift) & mask);
  for (let index = 0; index < range.bytes; index++) {
    const significance = little ? index : range.bytes - 1 - index;
    view.setUint8(offset + index, Number((unit >> BigInt(8 * significance)) & 0xffn));
  }
}

function readUnit(view: DataView, offset: number, bytes: number, little: boolean): bigint {
  let unit = 0n;
  for (let index = 0; index < bytes; index++) {
    const byte = view.getUint8(offset + (little ? bytes - 1 - index : index));
    unit = (unit << 8n) | BigInt(byte);
  }
  return unit;
}
