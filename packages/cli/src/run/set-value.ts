import { declOf, didYouMean, type EnumDecl, type Layout, resolveTypedefs, type TypeRef } from "@lbc/core/layout";
import { writeText } from "@lbc/runtime";
import { writeBits } from "@lbc/runtime/codegen";
import { cType } from "../inspect/c-type.ts";
import { RunError } from "./errors.ts";
import { addressOf } from "./show/addresses.ts";

/** `name=value`, as it was given. */
export interface Setting {
  readonly name: string;
  readonly value: string;
}

/** A variable, or a part of one. */
export interface Place {
  readonly offset: number;
  readonly type: TypeRef;
  /** Of the member that it is. */
  readonly name: string;
  readonly bits?: BitPlace;
}

/** Some bits of a unit of bytes. */
export interface BitPlace {
  readonly bytes: number;
  readonly shift: number;
  readonly bits: number;
  readonly signed: boolean;
}

/** What is set, and where. */
export interface Assignment {
  readonly layout: Layout;
  readonly view: DataView;
  readonly place: Place;
  readonly setting: Setting;
}

/** Writes a value given as text. Throws RunError `bad-value`, `out-of-range` or `not-settable`. */
export function setValue(assignment: Assignment): void {
  const { layout, view, place, setting } = assignment;
  const type = resolveTypedefs(layout, place.type);
  switch (type.kind) {
    case "int":
      setInteger(assignment, type);
      break;
    case "float":
      setFloat(assignment, type.bytes);
      break;
    case "array":
      if (!type.text) throw notSettable(assignment, "has elements", `set one: ${setting.name}[0]=…`);
      if (new TextEncoder().encode(setting.value).length >= type.length) {
        throw new RunError("out-of-range", { type: setting.name, message: `the text is longer than ${type.length - 1} bytes` });
      }
      writeText(setting.value, view, place.offset, type.length);
      break;
    case "named": {
      const decl = declOf(layout, type);
      if (decl.kind !== "enum") throw notSettable(assignment, "has members", `set one: ${setting.name}.member=…`);
      setEnum(assignment, decl);
      break;
    }
    case "pointer":
      throw notSettable(assignment, "cannot be set from outside");
  }
}

function notSettable({ layout, place, setting }: Assignment, why: string, hint?: string): RunError {
  return new RunError("not-settable", { type: setting.name, message: `${cType(layout, place.type)} ${why}`, hint });
}

function wrong({ layout, place, setting }: Assignment, hint: string): RunError {
  return new RunError("bad-value", { type: setting.name, message: `"${setting.value}" is no ${cType(layout, place.type)}`, hint });
}

const words: Readonly<Record<string, bigint>> = { true: 1n, false: 0n, yes: 1n, no: 0n, on: 1n, off: 0n };

function setInteger(assignment: Assignment, type: Extract<TypeRef, { readonly kind: "int" }>): void {
  const { layout, place, setting } = assignment;
  const address = addressOf(layout, place.type, place.name);
  const text = setting.value.trim();
  if (address === "ipv4" && text.includes(".")) {
    setIpv4(assignment, text);
    return;
  }
  const isBool = type.role === "bool";
  const value = isBool && Object.hasOwn(words, text) ? words[text] : integerIn(text);
  if (value === undefined) throw wrong(assignment, isBool ? "it is true or false" : "it is a number (10, 0x1f, 0b11) or a character ('a')");
  const whole = isBool ? { bytes: 1, signed: false, bits: 1 } : { bytes: type.bytes, signed: type.signed, bits: type.bytes * 8 };
  setNumber(assignment, { ...whole, shift: 0 }, value, address === null && layout.object.endianness === "little");
}

/** `-1`, `0x10`, `0b1`, `1_000`, `'a'`; undefined for anything else. */
function integerIn(text: string): bigint | undefined {
  const character = /^'(.)'$/su.exec(text)?.[1];
  if (character !== undefined) return BigInt(character.codePointAt(0) ?? 0);
  const [, sign, digits = ""] = /^([+-]?)(0x[0-9a-f]+|0b[01]+|0o[0-7]+|\d[\d_]*)$/i.exec(text) ?? [];
  if (digits === "") return undefined;
  const value = BigInt(digits.replaceAll("_", ""));
  return sign === "-" ? -value : value;
}

function setIpv4(assignment: Assignment, text: string): void {
  const octets = text.split(".");
  const isAddress = octets.length === 4 && octets.every((octet) => /^\d{1,3}$/.test(octet) && Number(octet) < 256);
  if (!isAddress) throw wrong(assignment, "it is an address, such as 10.0.0.1");
  const { view, place } = assignment;
  for (const [index, octet] of octets.entries()) view.setUint8(place.offset + index, Number(octet));
}

function setNumber({ view, place, setting }: Assignment, whole: BitPlace, value: bigint, little: boolean): void {
  const range = place.bits ?? whole;
  const lowest = range.signed ? -(1n << BigInt(range.bits - 1)) : 0n;
  const highest = (1n << BigInt(range.signed ? range.bits - 1 : range.bits)) - 1n;
  if (value < lowest || value > highest) {
    throw new RunError("out-of-range", { type: setting.name, message: `${value} is not between ${lowest} and ${highest}` });
  }
  writeBits(value, view, place.offset, range, little);
}

function setFloat(assignment: Assignment, bytes: number): void {
  const { layout, view, place, setting } = assignment;
  const number = Number(setting.value);
  const little = layout.object.endianness === "little";
  if (setting.value.trim() === "" || Number.isNaN(number)) throw wrong(assignment, "it is a number, such as 0.5");
  if (bytes === 4) view.setFloat32(place.offset, number, little);
  else if (bytes === 8) view.setFloat64(place.offset, number, little);
  else throw notSettable(assignment, "cannot be set from outside");
}

function setEnum(assignment: Assignment, decl: EnumDecl): void {
  const text = assignment.setting.value.trim();
  const named = decl.values.find(({ name }) => name === text);
  const value = named === undefined ? integerIn(text) : BigInt(named.value);
  if (value === undefined) {
    const names = decl.values.map(({ name }) => name);
    throw wrong(assignment, didYouMean(text, names) ?? `it is one of ${names.join(", ")}`);
  }
  const whole = { bytes: decl.bytes, signed: decl.signed, bits: decl.bytes * 8, shift: 0 };
  setNumber(assignment, whole, value, assignment.layout.object.endianness === "little");
}
