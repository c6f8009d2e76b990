import { ByteReader, type Endianness } from "../bytes/index.ts";
import { ElfError } from "./errors.ts";
import { sectionType } from "./sections.ts";
import type { ElfSymbol, Relocation, Section } from "./types.ts";

/** A section before names and relocations are known; `name` is an offset into the table of section names. */
export interface SectionHeader extends Omit<Section, "name" | "relocations"> {
  readonly name: number;
}

const symbolTypes = ["notype", "object", "func", "section", "file", "common", "tls"] as const;
const symbolBindings = ["local", "global", "weak"] as const;
const symbolVisibilities = ["default", "internal", "hidden", "protected"] as const;
const symbolSize = 24;

const damaged = "the file is damaged; compile it again";

/** @see https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.symtab.html */
export function readSymbols(
  table: SectionHeader,
  sectionCount: number,
  endianness: Endianness,
  nameAt: (offset: number) => string,
): ElfSymbol[] {
  checkEntrySize(table, symbolSize);
  const reader = new ByteReader(table.data, endianness, (at) => badEntry(table, at));
  const symbols: ElfSymbol[] = [];
  for (let at = 0; at < table.data.length; at += symbolSize) {
    const info = reader.u8(at + 4);
    const sectionIndex = reader.u16(at + 6);
    if (sectionIndex >= sectionCount && sectionIndex < 0xff00) {
      throw new ElfError("bad-section-link", {
        offset: at,
        message: `a symbol names section ${sectionIndex}, which is not there`,
        hint: damaged,
      });
    }
    symbols.push({
      index: symbols.length,
      name: nameAt(reader.u32(at)),
      value: reader.extent(at + 8),
      size: reader.extent(at + 16),
      type: symbolTypes[info & 0xf] ?? "other",
      binding: symbolBindings[info >> 4] ?? "other",
      visibility: symbolVisibilities[reader.u8(at + 5) & 3] ?? "default",
      sectionIndex,
    });
  }
  return symbols;
}

/**
 * The relocations of every section that has some, by the index of the section that they patch, ascending by offset.
 * @see https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.reloc.html
 */
export function readRelocations(
  headers: readonly SectionHeader[],
  symbolTable: SectionHeader | undefined,
  symbolCount: number,
  endianness: Endianness,
): Relocation[][] {
  const bySection: Relocation[][] = [];
  for (const table of headers) {
    if (table.type !== sectionType.rel && table.type !== sectionType.rela) continue;
    const target = headers[table.info];
    if (symbolTable === undefined || table.link !== symbolTable.index || target === undefined) {
      throw new ElfError("bad-section-link", {
        message: `relocation section ${table.index} names a section that is not there`,
        hint: damaged,
      });
    }
    const relocations = bySection[target.index] ?? [];
    bySection[target.index] = relocations;
    for (const relocation of readRelocationTable(table, symbolCount, endianness)) {
      if (relocation.offset >= target.size)
        throw badRelocation(table, `offset ${relocation.offset} lies outside of section ${target.index}`);
      relocations.push(relocation);
    }
  }
  for (const relocations of bySection) relocations?.sort((a, b) => a.offset - b.offset);
  return bySection;
}

function* readRelocationTable(table: SectionHeader, symbolCount: number, endianness: Endianness): Generator<Relocation> {
  const explicit = table.type === sectionType.rela;
  const entrySize = explicit ? 24 : 16;
  checkEntrySize(table, entrySize);
  const reader = new ByteReader(table.data, endianness, (at) => badEntry(table, at));
  for (let at = 0; at < table.data.length; at += entrySize) {
    const symbol = reader.u32(at + (endianness === "little" ? 12 : 8));
    if (symbol >= symbolCount) throw badRelocation(table, `symbol ${symbol} is not there`);
    const addend = explicit ? Number(BigInt.asIntN(64, reader.u64(at + 16))) : null;
    yield { offset: reader.extent(at), symbol, type: reader.u32(at + (endianness === "little" ? 8 : 12)), addend };
  }
}

function checkEntrySize(table: SectionHeader, size: number): void {
  if (table.entrySize === size && table.data.length % size === 0) return;
  const message = `section ${table.index} has ${table.data.length} bytes in entries of ${table.entrySize}, where entries have ${size}`;
  throw new ElfError("bad-table", { message, hint: damaged });
}

function badEntry(table: SectionHeader, offset: number): ElfError {
  return new ElfError("bad-table", { offset, message: `section ${table.index} has a bad number at offset ${offset}`, hint: damaged });
}

function badRelocation(table: SectionHeader, what: string): ElfError {
  return new ElfError("bad-relocation", { message: `relocation section ${table.index}: ${what}`, hint: damaged });
}
