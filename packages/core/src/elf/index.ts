export { ElfError, type ElfErrorCode } from "./errors.ts";
export { readElf, readElfSection } from "./read.ts";
export { findSection, sectionFlag, sectionType } from "./sections.ts";
export type * from "./types.ts";
