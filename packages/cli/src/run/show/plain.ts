import { assertNever, declOf, type Layout, type Leaf, leavesOf, resolveTypedefs, sizeOf, type TypeRef } from "@lbc/core/layout";
import { ipv4Text, ipv6Text, readText } from "@lbc/runtime";
import { readBits } from "@lbc/runtime/codegen";
import { type Address, addressOf } from "./addresses.ts";

/** A value as people and JSON see it: 64-bit integers are exact, enumerators and addresses are text. */
export type Plain = number | bigint | boolean | string | readonly Plain[] | PlainRecord;
export interface PlainRecord {
  readonly [member: string]: Plain;
}

/** Reads one value; `bytes` is what is left of the record, for a flexible array at its end. */
export type Read = (view: DataView, offset: number, bytes: number) => Plain;

/** How values of a type are read. `name` is that of the member or variable: an address may be evident by it. */
export function plainReader(layout: Layout, ref: TypeRef, name: string): Read {
  const address = addressOf(layout, ref, name);
  if (address !== null) return addressReader(address);
  const type = resolveTypedefs(layout, ref);
  const little = layout.object.endianness === "little";
  switch (type.kind) {
    case "int":
      return integerReader(type.bytes, type.signed, type.role === "bool", little);
    case "float":
      return floatReader(type.bytes, little);
    case "pointer":
      return (view, offset) => hexadecimal(view.getBigUint64(offset, little));
    case "array":
      return arrayReader(layout, type, name);
    case "named": {
      const decl = declOf(layout, type);
      if (decl.kind === "typedef") return plainReader(layout, decl.type, name);
      if (decl.kind === "enum") return enumReader(decl, little);
      return recordReader(layout, leavesOf(layout, decl));
    }
    default:
      return assertNever(type);
  }
}

/** A record that nothing is known of. */
export const readRaw: Read = (view, offset, bytes) => byteText(view, offset, bytes);

/** Bytes in hexadecimal, without spaces. */
export function byteText(view: DataView, offset: number, size: number): string {
  let text = "";
  for (let index = 0; index < size; index++)
    text += view
      .getUint8(offset + index)
      .toString(16)
      .padStart(2, "0");
  return text;
}

const hexadecimal = (value: bigint): string => `0x${value.toString(16)}`;

function integerReader(bytes: 1 | 2 | 4 | 8 | 16, signed: boolean, isBool: boolean, little: boolean): Read {
  if (isBool) return (view, offset) => view.getUint8(offset) !== 0;
  switch (bytes) {
    case 1:
      return signed ? (view, offset) => view.getInt8(offset) : (view, offset) => view.getUint8(offset);
    case 2:
      return signed ? (view, offset) => view.getInt16(offset, little) : (view, offset) => view.getUint16(offset, little);
    case 4:
      return signed ? (view, offset) => view.getInt32(offset, little) : (view, offset) => view.getUint32(offset, little);
    case 8:
      return signed ? (view, offset) => view.getBigInt64(offset, little) : (view, offset) => view.getBigUint64(offset, little);
    case 16:
      return (view, offset) => readBits(view, offset, { bytes: 16, shift: 0, bits: 128 }, signed, little);
  }
}

/** JavaScript has no longer numbers than 64 bits: what is longer, or half a word, stays bytes. */
function floatReader(bytes: number, little: boolean): Read {
  if (bytes === 4) return (view, offset) => view.getFloat32(offset, little);
  if (bytes === 8) return (view, offset) => view.getFloat64(offset, little);
  return (view, offset) => byteText(view, offset, bytes);
}

function addressReader(address: Address): Read {
  switch (address) {
    case "ipv4":
      return (view, offset) => ipv4Text(octets(view, offset, 4));
    case "ipv6":
      return (view, offset) => ipv6Text(octets(view, offset, 16));
    case "mac":
      return (view, offset) => Array.from(octets(view, offset, 6), (octet) => octet.toString(16).padStart(2, "0")).join(":");
    case "be16":
      return (view, offset) => view.getUint16(offset, false);
    case "be32":
      return (view, offset) => view.getUint32(offset, false);
    case "be64":
      return (view, offset) => view.getBigUint64(offset, false);
  }
}

const octets = (view: DataView, offset: number, size: number): Uint8Array => new Uint8Array(view.buffer, view.byteOffset + offset, size);

function enumReader(
  decl: {
    readonly bytes: 1 | 2 | 4 | 8;
    readonly signed: boolean;
    readonly values: readonly { readonly name: string; readonly value: string }[];
  },
  little: boolean,
): Read {
  const read = integerReader(decl.bytes, decl.signed, false, little);
  const names = new Map(decl.values.toReversed().map(({ name, value }) => [value, name]));
  return (view, offset, bytes) => {
    const value = read(view, offset, bytes);
    return names.get(String(value)) ?? value;
  };
}

function arrayReader(layout: Layout, type: Extract<TypeRef, { readonly kind: "array" }>, name: string): Read {
  const elementSize = sizeOf(layout, type.element);
  const read = plainReader(layout, type.element, name);
  const element = resolveTypedefs(layout, type.element);
  const isBytes = element.kind === "int" && element.bytes === 1 && element.role === "number";
  return (view, offset, bytes) => {
    // Of a flexible array there is what the record still has.
    const count = type.length > 0 || elementSize === 0 ? type.length : Math.floor(Math.max(0, bytes) / elementSize);
    if (type.text) return readText(view, offset, count);
    if (isBytes) return byteText(view, offset, count);
    return Array.from({ length: count }, (_, index) => read(view, offset + index * elementSize, elementSize));
  };
}

function recordReader(layout: Layout, leaves: readonly Leaf[]): Read {
  const little = layout.object.endianness === "little";
  const members = leaves.map((leaf): { readonly name: string; readonly read: Read } => {
    const { name, offset } = leaf;
    if (leaf.kind === "bits") {
      const { shift, bitSize, signed } = leaf.member;
      const range = { bytes: leaf.size, shift, bits: bitSize };
      return { name, read: (view, start) => narrow(readBits(view, start + offset, range, signed, little), bitSize) };
    }
    const read = plainReader(layout, leaf.type, name);
    return { name, read: (view, start, bytes) => read(view, start + offset, bytes - offset) };
  });
  return (view, offset, bytes) => Object.fromEntries(members.map(({ name, read }) => [name, read(view, offset, bytes)]));
}

/** Integers of 64 bits are bigint, smaller ones numbers, as with whole fields. */
const narrow = (value: bigint, bits: number): Plain => (bits > 32 ? value : Number(value));
