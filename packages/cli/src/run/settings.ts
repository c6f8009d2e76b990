import {
  type DataSection,
  declOf,
  didYouMean,
  type EnumDecl,
  type Layout,
  leavesOf,
  resolveTypedefs,
  sizeOf,
  type TypeRef,
  type Variable,
} from "@lbc/core/layout";
import { writeText } from "@lbc/runtime";
import { writeBits } from "@lbc/runtime/codegen";
import { cType } from "../inspect/c-type.ts";
import { RunError } from "./errors.ts";
import { addressOf } from "./show/addresses.ts";

/** `name=value`, and the words for messages. */
interface Setting {
  readonly name: string;
  readonly value: string;
}

/** The bytes of the data sections before load. */
export interface Sections {
  section(name: string): { readonly view: DataView };
}

/**
 * Sets globals before load: `target_pid=42`, `config.names[1]=text`. Throws RunError `unknown-variable`, `not-settable`, `bad-value` or
 * `out-of-range`.
 */
export function applySettings(sections: Sections, layout: Layout, settings: readonly string[]): void {
  for (const text of settings) {
    const equals = text.indexOf("=");
    if (equals < 1) throw new RunError("bad-value", { message: `"${text}" sets nothing`, hint: "write it as name=value" });
    const setting = { name: text.slice(0, equals).trim(), value: text.slice(equals + 1) };
    const { section, variable, rest } = findVariable(layout, setting.name);
    if (section.write === "never") {
      throw new RunError("not-settable", {
        type: variable.path,
        message: `${section.name} cannot be set: the kernel fills it`,
        hint: undefined,
      });
    }
    const { view } = sections.section(section.name);
    const place = follow(layout, { offset: variable.offset, type: variable.type, name: variable.name }, rest, setting);
    write(layout, view, place, setting);
  }
}

/** The variable that a path begins with: a static one of a function is `function.name`. */
function findVariable(layout: Layout, name: string): { readonly section: DataSection; readonly variable: Variable; readonly rest: string } {
  const all = layout.sections
    .filter(({ kind }) => kind !== "strings")
    .flatMap((section) => section.members.flatMap((variable) => (variable.kind === "variable" ? [{ section, variable }] : [])));
  const begins = ({ variable: { path } }: (typeof all)[number]): boolean =>
    name === path || (/^[.[]/.test(name.slice(path.length)) && name.startsWith(path));
  const found = all.filter(begins).sort((a, b) => b.variable.path.length - a.variable.path.length)[0];
  if (found !== undefined) return { ...found, rest: name.slice(found.variable.path.length) };
  const known = all.map(({ variable }) => variable.path).filter((path) => !path.includes("____fmt"));
  const hint = didYouMean(name, known) ?? (known.length === 0 ? "it has none" : `it has ${known.join(", ")}`);
  throw new RunError("unknown-variable", { type: name, message: "the object has no such global", hint });
}

interface Place {
  readonly offset: number;
  readonly type: TypeRef;
  /** Of the member that it is. */
  readonly name: string;
  readonly bits?: { readonly bytes: number; readonly shift: number; readonly bits: number; readonly signed: boolean };
}

/** Follows `.member` and `[index]`. */
function follow(layout: Layout, start: Place, path: string, setting: Setting): Place {
  let place = start;
  for (const [step, member, index] of path.matchAll(/\.(\w+)|\[(\d+)\]|./gs)) {
    const type = resolveTypedefs(layout, place.type);
    const decl = type.kind === "named" ? declOf(layout, type) : null;
    if (member !== undefined && (decl?.kind === "struct" || decl?.kind === "union")) {
      const leaves = leavesOf(layout, decl);
      const leaf = leaves.find(({ name }) => name === member);
      if (leaf === undefined) {
        const names = leaves.map(({ name }) => name);
        const hint = didYouMean(member, names) ?? `it has ${names.join(", ")}`;
        throw new RunError("unknown-variable", { type: setting.name, message: `there is no member ${member}`, hint });
      }
      const offset = place.offset + leaf.offset;
      place =
        leaf.kind === "field"
          ? { offset, type: leaf.type, name: leaf.name }
          : {
              offset,
              type: leaf.member.type,
              name: leaf.name,
              bits: { bytes: leaf.size, shift: leaf.member.shift, bits: leaf.member.bitSize, signed: leaf.member.signed },
            };
    } else if (index !== undefined && type.kind === "array") {
      if (Number(index) >= type.length) {
        throw new RunError("out-of-range", { type: setting.name, message: `there are ${type.length} elements, the first is [0]` });
      }
      place = { offset: place.offset + Number(index) * sizeOf(layout, type.element), type: type.element, name: place.name };
    } else {
      const hint = "write members as config.name and elements as names[0]";
      throw new RunError("unknown-variable", {
        type: setting.name,
        message: `"${step}" leads nowhere in ${cType(layout, place.type)}`,
        hint,
      });
    }
  }
  return place;
}

function write(layout: Layout, view: DataView, place: Place, setting: Setting): void {
  const type = resolveTypedefs(layout, place.type);
  const little = layout.object.endianness === "little";
  const wrong = (hint?: string): RunError =>
    new RunError("bad-value", { type: setting.name, message: `"${setting.value}" is no ${cType(layout, place.type)}`, hint });
  switch (type.kind) {
    case "int":
      return writeInteger(layout, view, place, type, setting, wrong);
    case "float": {
      const number = Number(setting.value);
      if (setting.value.trim() === "" || Number.isNaN(number)) throw wrong();
      if (type.bytes === 4) return view.setFloat32(place.offset, number, little);
      if (type.bytes === 8) return view.setFloat64(place.offset, number, little);
      throw notSettable(layout, place, setting);
    }
    case "array":
      if (!type.text)
        throw new RunError("not-settable", {
          type: setting.name,
          message: `${cType(layout, place.type)} has elements`,
          hint: `set one: ${setting.name}[0]=…`,
        });
      if (new TextEncoder().encode(setting.value).length >= type.length) {
        throw new RunError("out-of-range", { type: setting.name, message: `the text is longer than ${type.length - 1} bytes` });
      }
      return writeText(setting.value, view, place.offset, type.length);
    case "named": {
      const decl = declOf(layout, type);
      if (decl.kind === "enum") return writeEnum(view, place, decl, setting, little, wrong);
      throw new RunError("not-settable", {
        type: setting.name,
        message: `${cType(layout, place.type)} has members`,
        hint: `set one: ${setting.name}.member=…`,
      });
    }
    default:
      throw notSettable(layout, place, setting);
  }
}

function notSettable(layout: Layout, place: Place, { name }: Setting): RunError {
  return new RunError("not-settable", { type: name, message: `a ${cType(layout, place.type)} cannot be set from outside` });
}

const words: Readonly<Record<string, bigint>> = { true: 1n, false: 0n, yes: 1n, no: 0n, on: 1n, off: 0n };

function writeInteger(
  layout: Layout,
  view: DataView,
  place: Place,
  type: Extract<TypeRef, { readonly kind: "int" }>,
  setting: Setting,
  wrong: (hint?: string) => RunError,
): void {
  const address = addressOf(layout, place.type, place.name);
  const text = setting.value.trim();
  if (address === "ipv4" && text.includes(".")) return writeIpv4(view, place.offset, text, wrong);
  const value = type.role === "bool" && Object.hasOwn(words, text) ? words[text] : integerIn(text);
  if (value === undefined) throw wrong(type.role === "bool" ? "true or false" : "a number: decimal, 0x…, 0b…, or a character as 'a'");
  const little = address === null ? layout.object.endianness === "little" : false;
  writeNumber(
    view,
    place,
    type.role === "bool" ? { bytes: 1, signed: false, bits: 1 } : { ...type, bits: type.bytes * 8 },
    value,
    setting,
    little,
  );
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

function writeIpv4(view: DataView, offset: number, text: string, wrong: (hint?: string) => RunError): void {
  const octets = text.split(".");
  if (octets.length !== 4 || octets.some((octet) => !/^\d{1,3}$/.test(octet) || Number(octet) > 255))
    throw wrong("an address such as 10.0.0.1");
  for (const [index, octet] of octets.entries()) view.setUint8(offset + index, Number(octet));
}

function writeNumber(
  view: DataView,
  { offset, bits }: Place,
  whole: { readonly bytes: number; readonly signed: boolean; readonly bits: number },
  value: bigint,
  { name }: Setting,
  little: boolean,
): void {
  const range = bits ?? { ...whole, shift: 0 };
  const lowest = range.signed ? -(1n << BigInt(range.bits - 1)) : 0n;
  const highest = (1n << BigInt(range.signed ? range.bits - 1 : range.bits)) - 1n;
  if (value < lowest || value > highest) {
    throw new RunError("out-of-range", { type: name, message: `${value} is not between ${lowest} and ${highest}` });
  }
  writeBits(value, view, offset, range, little);
}

function writeEnum(
  view: DataView,
  place: Place,
  decl: EnumDecl,
  setting: Setting,
  little: boolean,
  wrong: (hint?: string) => RunError,
): void {
  const text = setting.value.trim();
  const named = decl.values.find(({ name }) => name === text);
  const value = named === undefined ? integerIn(text) : BigInt(named.value);
  if (value === undefined) {
    const names = decl.values.map(({ name }) => name);
    throw wrong(didYouMean(text, names) ?? `it is one of ${names.join(", ")}`);
  }
  writeNumber(view, place, { bytes: decl.bytes, signed: decl.signed, bits: decl.bytes * 8 }, value, setting, little);
}
