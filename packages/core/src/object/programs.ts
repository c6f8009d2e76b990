import type { Btf, BtfExt, BtfId } from "../btf/index.ts";
import { type ElfFile, type ElfSymbol, type Section, sectionFlag, sectionType } from "../elf/index.ts";
import { ObjectError } from "./errors.ts";
import { parseSectionName } from "./sections.ts";
import type { Program, Subprogram } from "./types.ts";

const instructionSize = 8;

/** The functions of an object: entry programs, and what they call. */
export interface Functions {
  readonly programs: readonly Program[];
  readonly subprograms: readonly Subprogram[];
}

/**
 * Every function symbol of an executable section, by section and offset. Functions of .text and static ones are called
 * by programs; every other function is a program, and its section's name says of what type. Throws ObjectError.
 */
export function readFunctions(elf: ElfFile, btf: Btf | null, btfExt: BtfExt | null): Functions {
  const btfIds = functionIds(btf, btfExt);
  const programs: Program[] = [];
  const subprograms: Subprogram[] = [];
  const inOrder = functionSymbols(elf).sort((a, b) => a.sectionIndex - b.sectionIndex || a.value - b.value);
  for (const symbol of inOrder) {
    const section = elf.sections[symbol.sectionIndex];
    if (section === undefined) continue;
    checkExtent(symbol, section);
    const place = { name: symbol.name, sectionIndex: section.index, offset: symbol.value, size: symbol.size };
    const btfId = btfIds(section.name, symbol);
    if (section.name === ".text" || symbol.binding === "local") subprograms.push({ ...place, linkage: linkageOf(symbol), btfId });
    else programs.push({ ...place, section: section.name, ...parseSectionName(section.name), btfId });
  }
  return { programs, subprograms };
}

function functionSymbols(elf: ElfFile): ElfSymbol[] {
  return elf.symbols.filter((symbol) => {
    const section = elf.sections[symbol.sectionIndex];
    return symbol.type === "func" && section?.type === sectionType.progBits && (section.flags & sectionFlag.execute) !== 0;
  });
}

function checkExtent(symbol: ElfSymbol, section: Section): void {
  const { value: offset, size } = symbol;
  if (size > 0 && offset % instructionSize === 0 && size % instructionSize === 0 && offset + size <= section.size) return;
  throw new ObjectError("bad-program", {
    section: section.name,
    type: symbol.name,
    offset,
    message: `the function has ${size} bytes at offset ${offset} of a section of ${section.size}`,
    hint: "the object is damaged; compile it again",
  });
}

function linkageOf(symbol: ElfSymbol): Subprogram["linkage"] {
  // The kernel verifies a hidden function where it is called, as it does a static one.
  if (symbol.binding === "local" || symbol.visibility === "hidden" || symbol.visibility === "internal") return "static";
  return symbol.binding === "weak" ? "weak" : "global";
}

/** The BTF function of a symbol. .BTF.ext knows it by place, which tells static functions of one name apart. */
function functionIds(btf: Btf | null, btfExt: BtfExt | null): (section: string, symbol: ElfSymbol) => BtfId | null {
  const byPlace = new Map(btfExt?.functions.map((info) => [`${info.offset} ${info.section}`, info.type]));
  const byName = new Map<string, BtfId | null>();
  return (section, symbol) => {
    const placed = byPlace.get(`${symbol.value} ${section}`);
    if (placed !== undefined) return placed;
    if (!byName.has(symbol.name)) byName.set(symbol.name, btf?.find(symbol.name, "function")[0] ?? null);
    return byName.get(symbol.name) ?? null;
  };
}
