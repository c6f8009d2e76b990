import type { Endianness } from "./reader.ts";

/** Appends numbers and bytes to a buffer that grows. Numbers are cut to their width. */
export class ByteWriter {
  readonly endianness: Endianness;
  readonly #little: boolean;
  #bytes = new Uint8Array(256);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  constructor(endianness: Endianness) {
    this.endianness = endianness;
    this.#little = endianness === "little";
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#length;
  }

  u8(value: number): this {
    const at = this.#grow(1);
    this.#view.setUint8(at, value);
    return this;
  }

  u16(value: number): this {
    const at = this.#grow(2);
    this.#view.setUint16(at, value, this.#little);
    return this;
  }

  u32(value: number): this {
    const at = this.#grow(4);
    this.#view.setUint32(at, value, this.#little);
    return this;
  }

  /** Words of 4 bytes. */
  words(values: readonly number[]): this {
    let at = this.#grow(values.length * 4);
    for (const value of values) {
      this.#view.setUint32(at, value, this.#little);
      at += 4;
    }
    return this;
  }

  u64(value: bigint): this {
    const at = this.#grow(8);
    this.#view.setBigUint64(at, value, this.#little);
    return this;
  }

  bytes(bytes: Uint8Array): this {
    const at = this.#grow(bytes.length);
    this.#bytes.set(bytes, at);
    return this;
  }

  /** Appends zeros up to the next multiple of `alignment`. */
  align(alignment: number): this {
    this.#grow((alignment - (this.#length % alignment)) % alignment);
    return this;
  }

  /** A copy of what was written. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  /** Makes room and returns where it begins. It may replace the view, so that no caller may take the view before. */
  #grow(size: number): number {
    const at = this.#length;
    this.#length += size;
    if (this.#length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.#length, this.#bytes.length * 2));
      larger.set(this.#bytes.subarray(0, at));
      this.#bytes = larger;
      this.#view = new DataView(larger.buffer);
    }
    return at;
  }
}
