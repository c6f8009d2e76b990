import type { Endianness } from "../bytes/index.ts";

/** A BPF relocatable object. @see https://refspecs.linuxfoundation.org/elf/gabi4+/contents.html */
export interface ElfFile {
  readonly bytes: Uint8Array;
  readonly endianness: Endianness;
  /** In file order; index 0 is the null section, so that an index from a symbol or relocation works as it is. */
  readonly sections: readonly Section[];
  /** In table order; index 0 is the null symbol. */
  readonly symbols: readonly ElfSymbol[];
}

export interface Section {
  readonly index: number;
  readonly name: string;
  /** `sh_type`: SHT_PROGBITS = 1, SHT_NOBITS = 8 … */
  readonly type: number;
  /** `sh_flags` as a number: SHF_WRITE = 1, SHF_ALLOC = 2, SHF_EXECINSTR = 4, SHF_MERGE = 16, SHF_STRINGS = 32. */
  readonly flags: number;
  /** Offset in the file, in bytes. */
  readonly offset: number;
  /** Size in bytes; for SHT_NOBITS the size in memory. */
  readonly size: number;
  readonly align: number;
  readonly link: number;
  readonly info: number;
  readonly entrySize: number;
  /** A view into the file; empty for SHT_NOBITS. */
  readonly data: Uint8Array;
  /** The entries of every SHT_REL and SHT_RELA section that applies to this one, ascending by offset. */
  readonly relocations: readonly Relocation[];
}

export interface ElfSymbol {
  readonly index: number;
  readonly name: string;
  /** Offset in its section. */
  readonly value: number;
  readonly size: number;
  readonly type: "notype" | "object" | "func" | "section" | "file" | "common" | "tls" | "other";
  readonly binding: "local" | "global" | "weak" | "other";
  readonly visibility: "default" | "internal" | "hidden" | "protected";
  /** 0 is undefined (extern), 0xfff1 absolute, 0xfff2 common. */
  readonly sectionIndex: number;
}

/** @see https://docs.kernel.org/bpf/llvm_reloc.html */
export interface Relocation {
  /** Offset in the section that is patched. */
  readonly offset: number;
  /** Index into {@link ElfFile.symbols}. */
  readonly symbol: number;
  /** R_BPF_64_64 = 1, R_BPF_64_ABS64 = 2, R_BPF_64_ABS32 = 3, R_BPF_64_NODYLD32 = 4, R_BPF_64_32 = 10. */
  readonly type: number;
  /** From SHT_RELA; null where the addend lies in the patched bytes. */
  readonly addend: number | null;
}
