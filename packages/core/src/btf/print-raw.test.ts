import { expect, test } from "vitest";
import { BtfBuilder, type NewBtfType, printRaw, readBtf, writeBtf } from "./index.ts";

const int: NewBtfType = { kind: "int", name: "int", size: 4, signed: true, char: false, bool: false, bits: 32, bitOffset: 0 };

function printed(...types: readonly NewBtfType[]): string {
  return new TextDecoder().decode(printRaw(readBtf(writeBtf([int, ...types]))));
}

/** The lines of bpftool 7.1 for the same types; the corpus compares whole objects. */
test.each<[string, NewBtfType]>([
  [
    "[2] INT 'b' size=1 bits_offset=3 nr_bits=5 encoding=BOOL",
    { ...int, name: "b", size: 1, signed: false, bool: true, bits: 5, bitOffset: 3 } as NewBtfType,
  ],
  ["[2] PTR '(anon)' type_id=1", { kind: "pointer", name: "", type: 1 }],
  ["[2] ARRAY '(anon)' type_id=1 index_type_id=1 nr_elems=4", { kind: "array", name: "", element: 1, index: 1, length: 4 }],
  [
    "[2] STRUCT 's' size=8 vlen=2\n\t'a' type_id=1 bits_offset=0 bitfield_size=3\n\t'(anon)' type_id=1 bits_offset=32",
    {
      kind: "struct",
      name: "s",
      size: 8,
      members: [
        { name: "a", type: 1, bitOffset: 0, bitSize: 3 },
        { name: "", type: 1, bitOffset: 32, bitSize: 0 },
      ],
    },
  ],
  [
    "[2] ENUM 'e' encoding=SIGNED size=4 vlen=1\n\t'A' val=-1",
    { kind: "enum", name: "e", size: 4, signed: true, wide: false, values: [{ name: "A", value: -1n }] },
  ],
  [
    "[2] ENUM64 'e' encoding=UNSIGNED size=8 vlen=1\n\t'A' val=18446744073709551615ULL",
    { kind: "enum", name: "e", size: 8, signed: false, wide: true, values: [{ name: "A", value: 2n ** 64n - 1n }] },
  ],
  [
    "[2] ENUM64 'e' encoding=SIGNED size=8 vlen=1\n\t'A' val=-1LL",
    { kind: "enum", name: "e", size: 8, signed: true, wide: true, values: [{ name: "A", value: -1n }] },
  ],
  ["[2] FWD 'f' fwd_kind=union", { kind: "forward", name: "f", of: "union" }],
  [
    "[2] FUNC_PROTO '(anon)' ret_type_id=0 vlen=2\n\t'x' type_id=1\n\t'(anon)' type_id=0",
    {
      kind: "function-prototype",
      name: "",
      result: 0,
      parameters: [
        { name: "x", type: 1 },
        { name: "", type: 0 },
      ],
    },
  ],
  ["[2] FUNC 'f' type_id=1 linkage=global", { kind: "function", name: "f", type: 1, linkage: "global" }],
  ["[2] VAR 'v' type_id=1, linkage=static", { kind: "variable", name: "v", type: 1, linkage: "static" }],
  [
    "[2] DATASEC '.bss' size=4 vlen=1\n\ttype_id=1 offset=0 size=4 (INT 'int')",
    { kind: "data-section", name: ".bss", size: 4, variables: [{ type: 1, offset: 0, size: 4 }] },
  ],
  ["[2] FLOAT 'double' size=8", { kind: "float", name: "double", size: 8 }],
  ["[2] DECL_TAG 't' type_id=1 component_idx=-1", { kind: "decl-tag", name: "t", type: 1, component: -1, attribute: false }],
  ["[2] TYPE_TAG 'user' type_id=1", { kind: "type-tag", name: "user", type: 1, attribute: false }],
])("%s", (line, type) => {
  expect(printed(type)).toBe(`[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED\n${line}\n`);
});

test("a split BTF's own types are printed with the ids that follow the base's", () => {
  const base = readBtf(writeBtf([int]));
  const builder = new BtfBuilder(base);
  builder.add({ kind: "typedef", name: "int", type: 1 });
  expect(new TextDecoder().decode(printRaw(readBtf(builder.build(), { base })))).toBe("[2] TYPEDEF 'int' type_id=1\n");
});

test("a string offset that does not exist is an error", () => {
  const bytes = writeBtf([int]);
  new DataView(bytes.buffer).setUint32(24, 99, true);
  expect(() => printRaw(readBtf(bytes))).toThrow(expect.objectContaining({ code: "bad-string-offset" }));
});
