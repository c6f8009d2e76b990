import type { BtfKind } from "./types.ts";

/** @see https://docs.kernel.org/bpf/btf.html#btf-type-and-string-encoding */
export const btfMagic = 0xeb9f;
export const btfVersion = 1;
export const btfHeaderSize = 24;

/** BTF_KIND_*: the number of each kind in the `info` word. @see https://docs.kernel.org/bpf/btf.html#type-encoding */
export const kindNumber = {
  void: 0,
  int: 1,
  pointer: 2,
  array: 3,
  struct: 4,
  union: 5,
  enum: 6,
  forward: 7,
  typedef: 8,
  volatile: 9,
  const: 10,
  restrict: 11,
  function: 12,
  functionPrototype: 13,
  variable: 14,
  dataSection: 15,
  float: 16,
  declTag: 17,
  typeTag: 18,
  enum64: 19,
} as const;

/** The kind of each number; BTF_KIND_ENUM64 is an enum as well. */
export const kindNames: readonly BtfKind[] = [
  "void",
  "int",
  "pointer",
  "array",
  "struct",
  "union",
  "enum",
  "forward",
  "typedef",
  "volatile",
  "const",
  "restrict",
  "function",
  "function-prototype",
  "variable",
  "data-section",
  "float",
  "decl-tag",
  "type-tag",
  "enum",
];

/** Words (of 4 bytes) that follow the three of every record, for each kind: a fixed number, and a number for each element. */
export const trailingWords: readonly { readonly fixed: number; readonly each: number }[] = [
  { fixed: 0, each: 0 },
  { fixed: 1, each: 0 },
  { fixed: 0, each: 0 },
  { fixed: 3, each: 0 },
  { fixed: 0, each: 3 },
  { fixed: 0, each: 3 },
  { fixed: 0, each: 2 },
  { fixed: 0, each: 0 },
  { fixed: 0, each: 0 },
  { fixed: 0, each: 0 },
  { fixed: 0, each: 0 },
  { fixed: 0, each: 0 },
  { fixed: 0, each: 0 },
  { fixed: 0, each: 2 },
  { fixed: 1, each: 0 },
  { fixed: 0, each: 3 },
  { fixed: 0, each: 0 },
  { fixed: 1, each: 0 },
  { fixed: 0, each: 0 },
  { fixed: 0, each: 3 },
];

/** BTF_VAR_* and BTF_FUNC_*. */
export const linkages = ["static", "global", "extern"] as const;

/** BTF_INT_*: the encoding bits of an integer. */
export const intEncoding = { signed: 1, char: 2, bool: 4 } as const;
