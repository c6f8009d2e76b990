import { ByteWriter, type Endianness, encodeUtf8 } from "../bytes/index.ts";
import { sectionFlag, sectionType } from "./sections.ts";

export interface NewSection {
  readonly name: string;
  readonly type?: number;
  readonly flags?: number;
  readonly data?: Uint8Array;
  /** Of a section without data in the file. */
  readonly size?: number;
  readonly align?: number;
}

export interface NewSymbol {
  readonly name: string;
  /** Name of its section; without one it is undefined. */
  readonly section?: string;
  readonly value?: number;
  readonly size?: number;
  readonly type?: "notype" | "object" | "func" | "section";
  readonly binding?: "local" | "global" | "weak";
  readonly visibility?: "default" | "internal" | "hidden" | "protected";
}

export interface NewRelocation {
  readonly section: string;
  readonly offset: number;
  readonly symbol: string;
  readonly type?: number;
}

export interface NewElf {
  readonly endianness?: Endianness;
  readonly sections?: readonly NewSection[];
  readonly symbols?: readonly NewSymbol[];
  readonly relocations?: readonly NewRelocation[];
}

interface PlacedSection extends NewSection {
  readonly link?: number;
  readonly info?: number;
  readonly entrySize?: number;
}

const types = ["notype", "object", "func", "section"];
const bindings = ["local", "global", "weak"];
const visibilities = ["default", "internal", "hidden", "protected"];

/** Sections with names of their own kind, as a compiler makes them. */
export const code = (name: string, data: Uint8Array): NewSection => ({
  name,
  data,
  flags: sectionFlag.alloc | sectionFlag.execute,
  align: 8,
});
export const variables = (name: string, data: Uint8Array): NewSection => ({
  name,
  data,
  flags: sectionFlag.alloc | sectionFlag.write,
  align: 8,
});
export const zeros = (name: string, size: number): NewSection => ({
  name,
  size,
  type: sectionType.noBits,
  flags: sectionFlag.alloc | sectionFlag.write,
  align: 8,
});

/** A relocatable object with these sections (from index 1), then relocations, symbols and their names. */
export function buildElf({ endianness = "little", sections = [], symbols = [], relocations = [] }: NewElf): Uint8Array {
  const names = new Strings();
  const sectionNames = sections.map(({ name }) => name);
  const patched = [...new Set(relocations.map(({ section }) => section))];
  const symbolTable = 1 + sections.length + patched.length;
  const symbolIndex = new Map(symbols.map(({ name }, index) => [name, index + 1]));
  const all: PlacedSection[] = [...sections];
  for (const target of patched) {
    const writer = new ByteWriter(endianness);
    for (const relocation of relocations.filter(({ section }) => section === target)) {
      const info = (BigInt(symbolIndex.get(relocation.symbol) ?? 0) << 32n) | BigInt(relocation.type ?? 1);
      writer.u64(BigInt(relocation.offset)).u64(info);
    }
    const info = 1 + sectionNames.indexOf(target);
    all.push({ name: `.rel${target}`, type: sectionType.rel, data: writer.finish(), link: symbolTable, info, entrySize: 16 });
  }
  const table = symbolTableBytes(symbols, sectionNames, names, endianness);
  all.push({ name: ".symtab", type: sectionType.symbolTable, data: table, link: symbolTable + 1, entrySize: 24, align: 8 });
  for (const { name } of all) names.add(name);
  names.add(".strtab");
  all.push({ name: ".strtab", type: sectionType.stringTable, data: names.bytes() });
  return layOut(all, names, endianness);
}

function symbolTableBytes(
  symbols: readonly NewSymbol[],
  sectionNames: readonly string[],
  names: Strings,
  endianness: Endianness,
): Uint8Array {
  const writer = new ByteWriter(endianness).bytes(new Uint8Array(24));
  for (const symbol of symbols) {
    const info = (bindings.indexOf(symbol.binding ?? "global") << 4) | types.indexOf(symbol.type ?? "notype");
    writer
      .u32(names.add(symbol.name))
      .u8(info)
      .u8(visibilities.indexOf(symbol.visibility ?? "default"));
    writer.u16(symbol.section === undefined ? 0 : 1 + sectionNames.indexOf(symbol.section));
    writer.u64(BigInt(symbol.value ?? 0)).u64(BigInt(symbol.size ?? 0));
  }
  return writer.finish();
}

function layOut(sections: readonly PlacedSection[], names: Strings, endianness: Endianness): Uint8Array {
  const body = new ByteWriter(endianness);
  const headers = new ByteWriter(endianness).bytes(new Uint8Array(64));
  for (const section of sections) {
    body.align(8);
    const data = section.data ?? new Uint8Array();
    headers
      .u32(names.add(section.name))
      .u32(section.type ?? sectionType.progBits)
      .u64(BigInt(section.flags ?? 0))
      .u64(0n);
    headers.u64(BigInt(64 + body.length)).u64(BigInt(section.size ?? data.length));
    headers
      .u32(section.link ?? 0)
      .u32(section.info ?? 0)
      .u64(BigInt(section.align ?? 1))
      .u64(BigInt(section.entrySize ?? 0));
    body.bytes(data);
  }
  body.align(8);
  const file = new ByteWriter(endianness);
  file.bytes(new Uint8Array([0x7f, 0x45, 0x4c, 0x46, 2, endianness === "little" ? 1 : 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]));
  file
    .u16(1)
    .u16(247)
    .u32(1)
    .u64(0n)
    .u64(0n)
    .u64(BigInt(64 + body.length))
    .u32(0);
  file
    .u16(64)
    .u16(0)
    .u16(0)
    .u16(64)
    .u16(sections.length + 1)
    .u16(sections.length);
  return file.bytes(body.finish()).bytes(headers.finish()).finish();
}

/** A string table under construction. */
class Strings {
  readonly #offsets = new Map<string, number>([["", 0]]);
  readonly #table = new ByteWriter("little").u8(0);

  add(text: string): number {
    const known = this.#offsets.get(text);
    if (known !== undefined) return known;
    const offset = this.#table.length;
    this.#offsets.set(text, offset);
    this.#table.bytes(encodeUtf8(`${text}\0`));
    return offset;
  }

  bytes(): Uint8Array {
    return this.#table.finish();
  }
}
