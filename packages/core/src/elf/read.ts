import { ByteReader, type Endianness, StringTable } from "../bytes/index.ts";
import { ElfError } from "./errors.ts";
import { type ElfHeader, readHeader } from "./header.ts";
import { sectionType } from "./sections.ts";
import { readRelocations, readSymbols, type SectionHeader } from "./tables.ts";
import type { ElfFile, Section } from "./types.ts";

const damaged = "the file is damaged or cut short; compile it again";
const sectionHeaderSize = 64;
/** A name may be a probe's section (`SEC("uprobe/<path>:<function>")`), so a path of 4096 bytes must fit. */
const longestName = 8192;

/**
 * Reads a compiled BPF object: an ELF64 relocatable file for machine 247 (EM_BPF), of either byte order. Every offset
 * and size is checked against the file, and nothing is copied. Throws ElfError.
 * @see https://refspecs.linuxfoundation.org/elf/gabi4+/contents.html
 */
export function readElf(bytes: Uint8Array): ElfFile {
  const header = readHeader(bytes);
  const headers = readSectionHeaders(bytes, header);
  checkTables(headers, bytes.length);
  const names = stringTable(headers, header.nameTable, "the table of section names");
  const nameOf = (section: SectionHeader): string => nameAt(names, section.name, "section names");
  const symbolTables = headers.filter((section) => section.type === sectionType.symbolTable);
  if (symbolTables.length > 1) throw new ElfError("bad-table", { message: "the file has several symbol tables", hint: damaged });
  const symbolTable = symbolTables[0];
  const symbols = symbolTable === undefined ? [] : readSymbolTable(symbolTable, headers, header.endianness);
  const relocations = readRelocations(headers, symbolTable, symbols.length, header.endianness);
  const sections = headers.map(
    (section): Section => ({ ...section, name: nameOf(section), relocations: relocations[section.index] ?? [] }),
  );
  return { bytes, endianness: header.endianness, sections, symbols };
}

/**
 * The bytes of one section of any ELF64 file, a kernel module or a vmlinux among them; undefined where it has none of this name.
 * Throws ElfError.
 */
export function readElfSection(bytes: Uint8Array, name: string): Uint8Array | undefined {
  const header = readHeader(bytes, { anyFile: true });
  const headers = readSectionHeaders(bytes, header);
  const names = stringTable(headers, header.nameTable, "the table of section names");
  return headers.find((section) => nameAt(names, section.name, "section names") === name)?.data;
}

function readSectionHeaders(bytes: Uint8Array, header: ElfHeader): SectionHeader[] {
  const reader = new ByteReader(bytes, header.endianness, (offset, size) => truncated(bytes, offset, size));
  return Array.from({ length: header.sectionCount }, (_, index) =>
    readSectionHeader(reader, header.sectionTable + index * sectionHeaderSize, index),
  );
}

/** @see https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.sheader.html */
function readSectionHeader(reader: ByteReader, at: number, index: number): SectionHeader {
  const type = reader.u32(at + 4);
  const offset = reader.extent(at + 24);
  const size = reader.extent(at + 32);
  const inFile = type !== sectionType.noBits && type !== sectionType.null;
  return {
    index,
    name: reader.u32(at),
    type,
    flags: reader.extent(at + 8),
    offset,
    size,
    align: reader.extent(at + 48),
    link: reader.u32(at + 40),
    info: reader.u32(at + 44),
    entrySize: reader.extent(at + 56),
    data: inFile ? reader.slice(offset, size) : reader.slice(0, 0),
  };
}

/** Tables that overlap could make a small file cost any amount of time: their sizes add up to the file's at most. */
function checkTables(headers: readonly SectionHeader[], fileSize: number): void {
  const total = headers.reduce((sum, section) => sum + (section.entrySize > 0 ? section.data.length : 0), 0);
  if (total > fileSize) throw new ElfError("bad-table", { message: "sections overlap each other", hint: damaged });
}

function readSymbolTable(table: SectionHeader, headers: readonly SectionHeader[], endianness: Endianness): ElfFile["symbols"] {
  const names = stringTable(headers, table.link, "the table of symbol names");
  return readSymbols(table, headers.length, endianness, (offset) => nameAt(names, offset, "symbol names"));
}

function stringTable(headers: readonly SectionHeader[], index: number, what: string): StringTable {
  const section = headers[index];
  if (section?.type !== sectionType.stringTable) {
    throw new ElfError("bad-section-link", { message: `section ${index} should be ${what} but is not`, hint: damaged });
  }
  return new StringTable(section.data);
}

function nameAt(names: StringTable, offset: number, what: string): string {
  const name = names.at(offset);
  if (name === undefined || name.length > longestName) {
    throw new ElfError("bad-string-offset", { offset, message: `no name at offset ${offset} of the table of ${what}`, hint: damaged });
  }
  return name;
}

function truncated(bytes: Uint8Array, offset: number, size: number): ElfError {
  return new ElfError("truncated", {
    offset,
    message: `${size} bytes at offset ${offset} lie outside of the file, which has ${bytes.length}`,
    hint: damaged,
  });
}
