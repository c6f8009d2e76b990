import { LbcError } from "../errors.ts";

export type ElfErrorCode =
  | "not-elf"
  | "wrong-class"
  | "bad-encoding"
  | "wrong-machine"
  | "not-relocatable"
  | "truncated"
  | "bad-header"
  | "too-many-sections"
  | "bad-section-link"
  | "bad-string-offset"
  | "bad-table"
  | "bad-relocation";

/** The bytes are no BPF object, or a damaged one. */
export class ElfError extends LbcError<ElfErrorCode> {}
