import { LbcError } from "../errors.ts";

/** Byte order of a multi-byte number. */
export type Endianness = "little" | "big";

/** A read past the end of the bytes. */
export class BytesError extends LbcError<"out-of-bounds"> {}

/** Makes the error for a read that does not fit, so that each format reports it in its own words. */
export type OutOfBounds = (offset: number, size: number) => LbcError;

const outOfBounds: OutOfBounds = (offset, size) =>
  new BytesError("out-of-bounds", { offset, message: `${size} bytes at offset ${offset} lie outside of the data` });

/** Reads numbers at byte offsets. Every read is checked against the bounds, and a read that does not fit throws. */
export class ByteReader {
  readonly bytes: Uint8Array;
  readonly endianness: Endianness;
  readonly #view: DataView;
  readonly #little: boolean;
  readonly #fail: OutOfBounds;

  constructor(bytes: Uint8Array, endianness: Endianness, fail: OutOfBounds = outOfBounds) {
    this.bytes = bytes;
    this.endianness = endianness;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#little = endianness === "little";
    this.#fail = fail;
  }

  /** In bytes. */
  get length(): number {
    return this.bytes.length;
  }

  u8(offset: number): number {
    return this.#view.getUint8(this.#check(offset, 1));
  }

  u16(offset: number): number {
    return this.#view.getUint16(this.#check(offset, 2), this.#little);
  }

  i16(offset: number): number {
    return this.#view.getInt16(this.#check(offset, 2), this.#little);
  }

  u32(offset: number): number {
    return this.#view.getUint32(this.#check(offset, 4), this.#little);
  }

  i32(offset: number): number {
    return this.#view.getInt32(this.#check(offset, 4), this.#little);
  }

  u64(offset: number): bigint {
    return this.#view.getBigUint64(this.#check(offset, 8), this.#little);
  }

  /** A 64-bit offset or size. One that no number can hold exactly lies outside of any data, and throws. */
  extent(offset: number): number {
    const value = this.u64(offset);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw this.#fail(offset, 8);
    return Number(value);
  }

  /** A view, not a copy. */
  slice(offset: number, size: number): Uint8Array {
    return this.bytes.subarray(this.#check(offset, size), offset + size);
  }

  #check(offset: number, size: number): number {
    // Neither is ever above 2^53, so that their sum is compared exactly enough; NaN fails each comparison.
    if (offset >= 0 && size >= 0 && offset + size <= this.length) return offset;
    throw this.#fail(offset, size);
  }
}
