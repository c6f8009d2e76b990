import type { Codec } from "../codec.ts";

/** The elements of an array, by index. */
export function readArray<T>(length: number, read: (index: number) => T): T[] {
  const items: T[] = [];
  for (let index = 0; index < length; index++) items.push(read(index));
  return items;
}

/** Writes every element of an array. Throws RangeError where there are not exactly `length` of them. */
export function writeArray<T>(items: readonly T[], length: number, write: (item: T, index: number) => void): void {
  if (items.length !== length) throw new RangeError(`${items.length} elements where ${length} are needed`);
  items.forEach(write);
}

/** A copy of `size` bytes. */
export function readBytes(view: DataView, offset: number, size: number): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset + offset, size).slice();
}

/** Writes bytes as they are. Throws RangeError where there are not exactly `size` of them. */
export function writeBytes(value: Uint8Array, view: DataView, offset: number, size: number): void {
  if (value.length !== size) throw new RangeError(`${value.length} bytes where ${size} are needed`);
  new Uint8Array(view.buffer, view.byteOffset + offset, size).set(value);
}

/** How many whole elements of a flexible array lie in `bytes` bytes. */
export function flexibleLength(bytes: number, elementSize: number): number {
  return bytes <= 0 || elementSize === 0 ? 0 : Math.floor(bytes / elementSize);
}

/** A record whose type is not known: all of its bytes. */
export const record: Codec<Uint8Array> = {
  size: 0,
  decode: (view, offset, bytes = 0) => readBytes(view, offset, bytes),
  encode: (value, view, offset) => writeBytes(value, view, offset, value.length),
};
