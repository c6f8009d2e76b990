import type { ElfFile, Section } from "./types.ts";

/** SHT_*, as far as BPF objects have them. @see https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.sheader.html */
export const sectionType = { null: 0, progBits: 1, symbolTable: 2, stringTable: 3, rela: 4, noBits: 8, rel: 9 } as const;

/** SHF_* */
export const sectionFlag = { write: 1, alloc: 2, execute: 4, merge: 16, strings: 32 } as const;

/** The first section of this name. */
export function findSection(elf: ElfFile, name: string): Section | undefined {
  return elf.sections.find((section) => section.name === name);
}
