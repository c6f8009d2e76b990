import { assertNever } from "../errors.ts";
import { BtfError } from "./errors.ts";
import { intEncoding, kindNames, linkages } from "./format.ts";
import type { BtfComposite, BtfDataSection, BtfEnum, BtfFunctionPrototype, BtfId, BtfInt, BtfMember, BtfType } from "./types.ts";

/** One record of the type section: three words, then what its kind adds. */
export interface BtfRecord {
  readonly id: BtfId;
  readonly words: Uint32Array;
  /** Index of the record's first word. */
  readonly at: number;
  readonly string: (offset: number) => string;
}

type Linkage = (typeof linkages)[number];

const numberOfEnum64 = 19;
/** Name, info, and size or type; what follows them is a number of words for each element. */
const headWords = 3;
const memberWords = 3;
const parameterWords = 2;
const variableWords = 3;

/** Decodes one record. What it refers to is not looked at: types refer to later ones. Throws BtfError. */
export function decodeType(record: BtfRecord): BtfType {
  const { id } = record;
  const name = record.string(word(record, 0));
  const info = word(record, 1);
  const sizeOrType = word(record, 2);
  const flag = info >>> 31 === 1;
  const kindIndex = (info >>> 24) & 0x1f;
  const kind = kindNames[kindIndex] ?? "void";
  switch (kind) {
    case "void":
      return { kind, id, name };
    case "int":
      return decodeInt(record, name, sizeOrType);
    case "pointer":
    case "typedef":
    case "volatile":
    case "const":
    case "restrict":
      return { kind, id, name, type: sizeOrType };
    case "array":
      return { kind, id, name, element: word(record, 3), index: word(record, 4), length: word(record, 5) };
    case "struct":
    case "union":
      return decodeComposite(record, kind, name, sizeOrType, flag);
    case "enum":
      return decodeEnum(record, name, sizeOrType, flag, kindIndex === numberOfEnum64);
    case "forward":
      return { kind, id, name, of: flag ? "union" : "struct" };
    case "function":
      return { kind, id, name, type: sizeOrType, linkage: linkageOf(record, info & 0xffff) };
    case "function-prototype":
      return decodePrototype(record, name, sizeOrType);
    case "variable":
      return { kind, id, name, type: sizeOrType, linkage: linkageOf(record, word(record, 3)) };
    case "data-section":
      return decodeDataSection(record, name, sizeOrType);
    case "float":
      return { kind, id, name, size: sizeOrType };
    case "decl-tag":
      return { kind, id, name, type: sizeOrType, component: word(record, 3) | 0, attribute: flag };
    case "type-tag":
      return { kind, id, name, type: sizeOrType, attribute: flag };
    default:
      return assertNever(kind);
  }
}

function decodeInt(record: BtfRecord, name: string, size: number): BtfInt {
  const data = word(record, 3);
  const encoding = (data >>> 24) & 0xf;
  return {
    kind: "int",
    id: record.id,
    name,
    size,
    signed: (encoding & intEncoding.signed) !== 0,
    char: (encoding & intEncoding.char) !== 0,
    bool: (encoding & intEncoding.bool) !== 0,
    bits: data & 0xff,
    bitOffset: (data >>> 16) & 0xff,
  };
}

function decodeComposite(record: BtfRecord, kind: "struct" | "union", name: string, size: number, hasBitSizes: boolean): BtfComposite {
  const members: BtfMember[] = [];
  const end = endOf(record, memberWords);
  for (let at = headWords; at < end; at += memberWords) {
    const offset = word(record, at + 2);
    members.push({
      name: record.string(word(record, at)),
      type: word(record, at + 1),
      bitOffset: hasBitSizes ? offset & 0xffffff : offset,
      bitSize: hasBitSizes ? offset >>> 24 : 0,
    });
  }
  return { kind, id: record.id, name, size, members };
}

function decodeEnum(record: BtfRecord, name: string, size: number, signed: boolean, wide: boolean): BtfEnum {
  const values: { name: string; value: bigint }[] = [];
  const width = wide ? 3 : 2;
  const end = endOf(record, width);
  for (let at = headWords; at < end; at += width) {
    const low = word(record, at + 1);
    const bits = wide ? (BigInt(word(record, at + 2)) << 32n) | BigInt(low) : BigInt(low);
    values.push({ name: record.string(word(record, at)), value: signed ? BigInt.asIntN(wide ? 64 : 32, bits) : bits });
  }
  return { kind: "enum", id: record.id, name, wide, size, signed, values };
}

function decodePrototype(record: BtfRecord, name: string, result: BtfId): BtfFunctionPrototype {
  const parameters: { name: string; type: BtfId }[] = [];
  const end = endOf(record, parameterWords);
  for (let at = headWords; at < end; at += parameterWords)
    parameters.push({ name: record.string(word(record, at)), type: word(record, at + 1) });
  return { kind: "function-prototype", id: record.id, name, result, parameters };
}

function decodeDataSection(record: BtfRecord, name: string, size: number): BtfDataSection {
  const variables: { type: BtfId; offset: number; size: number }[] = [];
  const end = endOf(record, variableWords);
  for (let at = headWords; at < end; at += variableWords)
    variables.push({ type: word(record, at), offset: word(record, at + 1), size: word(record, at + 2) });
  return { kind: "data-section", id: record.id, name, size, variables };
}

/** Behind the last element, in words from the start of the record. */
const endOf = (record: BtfRecord, width: number): number => headWords + width * (word(record, 1) & 0xffff);

function word(record: BtfRecord, index: number): number {
  // The index was made from the same counts: a record never reaches past the words.
  return record.words[record.at + index] ?? 0;
}

function linkageOf(record: BtfRecord, number: number): Linkage {
  const linkage = linkages[number];
  if (linkage === undefined) {
    const message = `type ${record.id} has the unknown linkage ${number}`;
    throw new BtfError("bad-linkage", { section: ".BTF", message, hint: "the type information is damaged; compile the object again" });
  }
  return linkage;
}
