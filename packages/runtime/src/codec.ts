import { signed, unsigned } from "./codegen/integers.ts";

/** How a value of one C type lies in memory. Generated code has one for each struct; scalars are in {@link scalars}. */
export interface Codec<T> {
  /** In bytes. */
  readonly size: number;
  /** Reads a copy. `bytes` is what the record holds, where it is longer than `size` (a flexible array at the end). */
  decode(view: DataView, offset: number, bytes?: number): T;
  /** Writes every byte that belongs to the value; padding is left as it is (zero). */
  encode(value: T, view: DataView, offset: number): void;
}

/** Codecs of C's scalars in one byte order. */
export interface Scalars {
  readonly u8: Codec<number>;
  readonly i8: Codec<number>;
  readonly u16: Codec<number>;
  readonly i16: Codec<number>;
  readonly u32: Codec<number>;
  readonly i32: Codec<number>;
  readonly u64: Codec<bigint>;
  readonly i64: Codec<bigint>;
  readonly f32: Codec<number>;
  readonly f64: Codec<number>;
  readonly bool: Codec<boolean>;
}

function scalarsOf(little: boolean): Scalars {
  return {
    u8: {
      size: 1,
      decode: (view, offset) => view.getUint8(offset),
      encode: (value, view, offset) => view.setUint8(offset, unsigned(value, 8)),
    },
    i8: {
      size: 1,
      decode: (view, offset) => view.getInt8(offset),
      encode: (value, view, offset) => view.setInt8(offset, signed(value, 8)),
    },
    u16: {
      size: 2,
      decode: (view, offset) => view.getUint16(offset, little),
      encode: (value, view, offset) => view.setUint16(offset, unsigned(value, 16), little),
    },
    i16: {
      size: 2,
      decode: (view, offset) => view.getInt16(offset, little),
      encode: (value, view, offset) => view.setInt16(offset, signed(value, 16), little),
    },
    u32: {
      size: 4,
      decode: (view, offset) => view.getUint32(offset, little),
      encode: (value, view, offset) => view.setUint32(offset, unsigned(value, 32), little),
    },
    i32: {
      size: 4,
      decode: (view, offset) => view.getInt32(offset, little),
      encode: (value, view, offset) => view.setInt32(offset, signed(value, 32), little),
    },
    u64: {
      size: 8,
      decode: (view, offset) => view.getBigUint64(offset, little),
      encode: (value, view, offset) => view.setBigUint64(offset, unsigned(value, 64), little),
    },
    i64: {
      size: 8,
      decode: (view, offset) => view.getBigInt64(offset, little),
      encode: (value, view, offset) => view.setBigInt64(offset, signed(value, 64), little),
    },
    f32: {
      size: 4,
      decode: (view, offset) => view.getFloat32(offset, little),
      encode: (value, view, offset) => view.setFloat32(offset, value, little),
    },
    f64: {
      size: 8,
      decode: (view, offset) => view.getFloat64(offset, little),
      encode: (value, view, offset) => view.setFloat64(offset, value, little),
    },
    bool: {
      size: 1,
      decode: (view, offset) => view.getUint8(offset) !== 0,
      encode: (value, view, offset) => view.setUint8(offset, value ? 1 : 0),
    },
  };
}

const both = { little: scalarsOf(true), big: scalarsOf(false) };

/** `const { u32, u64 } = scalars("little")`. */
export function scalars(endianness: "little" | "big"): Scalars {
  return both[endianness];
}

/** `size` bytes as they are, a copy of its own. Throws RangeError where a value of another length is written. */
export function bytes(size: number): Codec<Uint8Array> {
  return {
    size,
    decode: (view, offset) => new Uint8Array(view.buffer, view.byteOffset + offset, size).slice(),
    encode: (value, view, offset) => {
      if (value.length !== size) throw new RangeError(`${value.length} bytes where ${size} are needed`);
      new Uint8Array(view.buffer, view.byteOffset + offset, size).set(value);
    },
  };
}

/** A `char[size]`: UTF-8 up to the first zero byte. Throws RangeError where text does not fit; as in C, it may fill the array without a zero. */
export function text(size: number): Codec<string> {
  return {
    size,
    decode: (view, offset) => readText(view, offset, size),
    encode: (value, view, offset) => writeText(value, view, offset, size),
  };
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();

/** The UTF-8 text in `size` bytes, up to the first zero byte; bad UTF-8 becomes U+FFFD. */
export function readText(view: DataView, offset: number, size: number): string {
  let ascii = "";
  for (let index = 0; index < size; index++) {
    const byte = view.getUint8(offset + index);
    if (byte === 0) return ascii;
    if (byte > 127) return decodeText(view, offset, size);
    ascii += String.fromCharCode(byte);
  }
  return ascii;
}

function decodeText(view: DataView, offset: number, size: number): string {
  const all = new Uint8Array(view.buffer, view.byteOffset + offset, size);
  const end = all.indexOf(0);
  return decoder.decode(end === -1 ? all : all.subarray(0, end));
}

/** Writes text and fills the rest of `size` bytes with zeros. Throws RangeError where it does not fit; a full array has no zero, as in C. */
export function writeText(value: string, view: DataView, offset: number, size: number): void {
  const encoded = encoder.encode(value);
  if (encoded.length > size) throw new RangeError(`${encoded.length} bytes of text do not fit in ${size}`);
  const target = new Uint8Array(view.buffer, view.byteOffset + offset, size);
  target.set(encoded);
  target.fill(0, encoded.length);
}
