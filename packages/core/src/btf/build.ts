import { ByteWriter, type Endianness, encodeUtf8 } from "../bytes/index.ts";
import { assertNever } from "../errors.ts";
import { btfHeaderSize, btfMagic, btfVersion, intEncoding, kindNumber, linkages } from "./format.ts";
import type { Btf, BtfComposite, BtfEnum, BtfId, BtfInt, BtfType } from "./types.ts";

type WithoutId<T> = T extends unknown ? Omit<T, "id"> : never;

/** A type that has no id yet. */
export type NewBtfType = WithoutId<Exclude<BtfType, { readonly kind: "void" }>>;

/** One record without its name: two words, then those that its kind adds. */
export interface Encoded {
  readonly info: number;
  readonly sizeOrType: number;
  readonly rest: readonly number[];
}

/** Serialises types: gives each the next id, and gathers the strings. What a type refers to may be added later. */
export class BtfBuilder {
  readonly #words: number[] = [];
  readonly #strings = new Map<string, number>([["", 0]]);
  readonly #firstString: number;
  /** Each with its zero byte. */
  readonly #stringList: string[];
  #stringBytes: number;
  #nextId: number;

  /** With a base, ids and string offsets go on where the base ends: split BTF. */
  constructor(base: Btf | null = null) {
    this.#nextId = base?.length ?? 1;
    this.#firstString = base?.stringBytes ?? 0;
    this.#stringList = base === null ? ["\0"] : [];
    this.#stringBytes = this.#stringList.length;
  }

  /** Adds a type and returns its id. */
  add(type: NewBtfType): BtfId {
    const { info, sizeOrType, rest } = encode(type, (text) => this.string(text));
    this.#words.push(this.string(type.name), info, sizeOrType);
    for (const word of rest) this.#words.push(word);
    return this.#nextId++;
  }

  /** The offset of a string in the table, which it is added to; .BTF.ext names its files and source lines so. */
  string(text: string): number {
    const known = this.#strings.get(text);
    if (known !== undefined) return known;
    const offset = this.#firstString + this.#stringBytes;
    this.#stringList.push(`${text}\0`);
    this.#stringBytes += utf8Length(text) + 1;
    this.#strings.set(text, offset);
    return offset;
  }

  /** The bytes of the .BTF section. */
  build(endianness: Endianness = "little"): Uint8Array {
    const writer = new ByteWriter(endianness);
    const typeBytes = this.#words.length * 4;
    writer.u16(btfMagic).u8(btfVersion).u8(0).u32(btfHeaderSize);
    writer.u32(0).u32(typeBytes).u32(typeBytes).u32(this.#stringBytes);
    writer.words(this.#words);
    writer.bytes(encodeUtf8(this.#stringList.join("")));
    return writer.finish();
  }
}

/** Encoding is for all strings at once: nearly every one is ASCII, and as long as its bytes. */
function utf8Length(text: string): number {
  return /^[\0-\x7f]*$/.test(text) ? text.length : encodeUtf8(text).length;
}

/** The bytes of a .BTF section with these types, whose ids are 1, 2, 3 … */
export function writeBtf(types: Iterable<NewBtfType>, endianness: Endianness = "little"): Uint8Array {
  const builder = new BtfBuilder();
  for (const type of types) builder.add(type);
  return builder.build(endianness);
}

type AddString = (text: string) => number;

/** The `info` word. @see https://docs.kernel.org/bpf/btf.html#type-encoding */
function infoWord(kind: keyof typeof kindNumber, count = 0, flag = false): number {
  return ((flag ? 0x80000000 : 0) | (kindNumber[kind] << 24) | count) >>> 0;
}

export function encode(type: NewBtfType, string: AddString): Encoded {
  switch (type.kind) {
    case "int":
      return { info: infoWord("int"), sizeOrType: type.size, rest: [intWord(type)] };
    case "pointer":
    case "typedef":
    case "volatile":
    case "const":
    case "restrict":
      return { info: infoWord(type.kind), sizeOrType: type.type, rest: [] };
    case "array":
      return { info: infoWord("array"), sizeOrType: 0, rest: [type.element, type.index, type.length] };
    case "struct":
    case "union":
      return encodeComposite(type, string);
    case "enum":
      return encodeEnum(type, string);
    case "forward":
      return { info: infoWord("forward", 0, type.of === "union"), sizeOrType: 0, rest: [] };
    case "function":
      return { info: infoWord("function", linkages.indexOf(type.linkage)), sizeOrType: type.type, rest: [] };
    case "function-prototype": {
      const rest = type.parameters.flatMap((parameter) => [string(parameter.name), parameter.type]);
      return { info: infoWord("functionPrototype", type.parameters.length), sizeOrType: type.result, rest };
    }
    case "variable":
      return { info: infoWord("variable"), sizeOrType: type.type, rest: [linkages.indexOf(type.linkage)] };
    case "data-section": {
      const rest = type.variables.flatMap((variable) => [variable.type, variable.offset, variable.size]);
      return { info: infoWord("dataSection", type.variables.length), sizeOrType: type.size, rest };
    }
    case "float":
      return { info: infoWord("float"), sizeOrType: type.size, rest: [] };
    case "decl-tag":
      return { info: infoWord("declTag", 0, type.attribute), sizeOrType: type.type, rest: [type.component] };
    case "type-tag":
      return { info: infoWord("typeTag", 0, type.attribute), sizeOrType: type.type, rest: [] };
    default:
      return assertNever(type);
  }
}

function intWord(type: Omit<BtfInt, "id">): number {
  const encoding = (type.signed ? intEncoding.signed : 0) | (type.char ? intEncoding.char : 0) | (type.bool ? intEncoding.bool : 0);
  return (encoding << 24) | (type.bitOffset << 16) | type.bits;
}

function encodeComposite(type: Omit<BtfComposite, "id">, string: AddString): Encoded {
  const hasBitSizes = type.members.some((member) => member.bitSize !== 0);
  const rest = type.members.flatMap((member) => [
    string(member.name),
    member.type,
    hasBitSizes ? ((member.bitSize << 24) | member.bitOffset) >>> 0 : member.bitOffset,
  ]);
  return { info: infoWord(type.kind, type.members.length, hasBitSizes), sizeOrType: type.size, rest };
}

function encodeEnum(type: Omit<BtfEnum, "id">, string: AddString): Encoded {
  const low = (value: bigint): number => Number(BigInt.asUintN(32, value));
  const rest = type.values.flatMap(({ name, value }) =>
    type.wide ? [string(name), low(value), low(value >> 32n)] : [string(name), low(value)],
  );
  return { info: infoWord(type.wide ? "enum64" : "enum", type.values.length, type.signed), sizeOrType: type.size, rest };
}
