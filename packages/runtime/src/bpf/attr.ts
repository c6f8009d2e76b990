import type { Sys } from "../sys/sys.ts";

const encoder = new TextEncoder();

/** Bytes keep what they point to alive, also where only they are passed on. */
const owners = new WeakMap<Uint8Array, Attr>();

/** A `union bpf_attr` (or any struct for the kernel) under construction, and what its pointers point to. */
export class Attr {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  readonly #sys: Sys;
  readonly #little: boolean;
  readonly #referenced: Uint8Array[] = [];

  constructor(sys: Sys, size: number) {
    this.bytes = new Uint8Array(size);
    this.#view = new DataView(this.bytes.buffer);
    this.#sys = sys;
    this.#little = sys.endianness === "little";
    owners.set(this.bytes, this);
  }

  u16(offset: number, value: number): this {
    this.#view.setUint16(offset, value, this.#little);
    return this;
  }

  u32(offset: number, value: number): this {
    this.#view.setUint32(offset, value, this.#little);
    return this;
  }

  u64(offset: number, value: bigint | number): this {
    this.#view.setBigUint64(offset, BigInt.asUintN(64, BigInt(value)), this.#little);
    return this;
  }

  /** The address of a buffer; 0 for an empty one. */
  pointer(offset: number, buffer: Uint8Array): this {
    this.#referenced.push(buffer);
    return this.u64(offset, this.#sys.address(buffer));
  }

  /** The address of a zero-terminated copy. */
  text(offset: number, value: string): this {
    return this.pointer(offset, zeroTerminated(value));
  }

  /** A name in place, cut to what `size` bytes hold beside the zero; characters that the kernel refuses become `_`. */
  name(offset: number, value: string, size = 16): this {
    this.bytes.set(encoder.encode(value.replace(/[^A-Za-z0-9_.]/g, "_").slice(0, size - 1)), offset);
    return this;
  }

  getU32(offset: number): number {
    return this.#view.getUint32(offset, this.#little);
  }

  getU64(offset: number): bigint {
    return this.#view.getBigUint64(offset, this.#little);
  }
}

export function zeroTerminated(value: string): Uint8Array {
  const bytes = new Uint8Array(encoder.encode(value).length + 1);
  bytes.set(encoder.encode(value));
  return bytes;
}
