import { describe, expect, test } from "vitest";
import { ByteWriter, type Endianness } from "../bytes/index.ts";
import { BtfBuilder, BtfError, readBtf, readBtfExt } from "./index.ts";

interface Table {
  readonly recordSize: number;
  readonly section: number;
  readonly records: readonly (readonly number[])[];
}

/** A .BTF.ext section; a record's missing bytes are filled with 0xff, as of a later version. */
function buildExt(tables: readonly Table[], endianness: Endianness, headerSize = 8 + tables.length * 8): Uint8Array {
  const header = new ByteWriter(endianness).u16(0xeb9f).u8(1).u8(0).u32(headerSize);
  const body = new ByteWriter(endianness);
  for (const { recordSize, section, records } of tables) {
    const start = body.length;
    body.u32(recordSize).u32(section).u32(records.length);
    for (const words of records) {
      for (const word of words) body.u32(word);
      body.bytes(new Uint8Array(recordSize - words.length * 4).fill(0xff));
    }
    header.u32(start).u32(body.length - start);
  }
  return header
    .bytes(new Uint8Array(headerSize - header.length))
    .bytes(body.finish())
    .finish();
}

const builder = new BtfBuilder();
const [section, file, source, access] = ["xdp", "a.c", "return 0;", "0:1:2"].map((text) => builder.string(text)) as [
  number,
  number,
  number,
  number,
];

function tables(extra = 0): Table[] {
  return [
    {
      recordSize: 8 + extra,
      section,
      records: [
        [0, 7],
        [16, 9],
      ],
    },
    { recordSize: 16 + extra, section, records: [[8, file, source, (12 << 10) | 3]] },
    {
      recordSize: 16 + extra,
      section,
      records: [
        [24, 5, access, 0],
        [32, 6, access, 12],
      ],
    },
  ];
}

describe.each(["little", "big"] as const)("%s-endian .BTF.ext", (endianness) => {
  const btf = readBtf(builder.build(endianness));

  test.each([0, 4, 16])("with records of %d bytes more than known", (extra) => {
    expect(readBtfExt(buildExt(tables(extra), endianness), btf)).toEqual({
      functions: [
        { section: "xdp", offset: 0, type: 7 },
        { section: "xdp", offset: 16, type: 9 },
      ],
      lines: [{ section: "xdp", offset: 8, file: "a.c", source: "return 0;", fileAt: file, sourceAt: source, line: 12, column: 3 }],
      relocations: [
        { section: "xdp", offset: 24, type: 5, access: "0:1:2", kind: "byte_offset" },
        { section: "xdp", offset: 32, type: 6, access: "0:1:2", kind: "type_matches" },
      ],
    });
  });

  test("of an older compiler has no CO-RE relocations", () => {
    const ext = readBtfExt(buildExt(tables().slice(0, 2), endianness), btf);
    expect([ext.functions.length, ext.lines.length, ext.relocations.length]).toEqual([2, 1, 0]);
  });
});

describe("a damaged .BTF.ext is refused with its reason", () => {
  const btf = readBtf(builder.build());
  const good = tables();
  const patched = (at: number, value: number): Uint8Array => {
    const bytes = buildExt(good, "little");
    new DataView(bytes.buffer).setUint32(at, value, true);
    return bytes;
  };
  test.each([
    ["no magic number", new Uint8Array(40), "not-btf"],
    ["another byte order than the BTF", buildExt(good, "big"), "not-btf"],
    ["a table past the end", patched(8, 1 << 20), "truncated"],
    ["records that are too short", patched(32, 4), "bad-record"],
    ["records of size 0", patched(32, 0), "bad-record"],
    ["more records than fit", patched(40, 1 << 30), "truncated"],
    ["a section name that is none", patched(36, 3), "bad-string-offset"],
    [
      "an unknown kind of relocation",
      buildExt([...good.slice(0, 2), { recordSize: 16, section, records: [[0, 1, access, 13]] }], "little"),
      "unknown-kind",
    ],
  ])("%s", (_what, bytes, code) => {
    expect(() => readBtfExt(bytes, btf)).toThrow(expect.objectContaining({ code }));
    expect(() => readBtfExt(bytes, btf)).toThrow(BtfError);
  });
});
