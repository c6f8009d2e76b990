import { describe, expect, test } from "vitest";
import { BtfBuilder, BtfError, btfBytes, type NewBtfType, readBtf, replaceTypes, writeBtf } from "./index.ts";

const plain = { char: false, bool: false, bitOffset: 0 };
const int: NewBtfType = { kind: "int", name: "int", size: 4, signed: true, ...plain, bits: 32 };

/** One of each kind, in the order of their numbers; ids begin at 1. */
const everyKind: readonly NewBtfType[] = [
  int,
  { kind: "pointer", name: "", type: 4 },
  { kind: "array", name: "", element: 1, index: 1, length: 16 },
  {
    kind: "struct",
    name: "point",
    size: 12,
    members: [
      { name: "x", type: 1, bitOffset: 0, bitSize: 0 },
      { name: "", type: 5, bitOffset: 64, bitSize: 0 },
    ],
  },
  {
    kind: "union",
    name: "",
    size: 4,
    members: [
      { name: "bits", type: 1, bitOffset: 5, bitSize: 7 },
      { name: "all", type: 1, bitOffset: 0, bitSize: 0 },
    ],
  },
  {
    kind: "enum",
    name: "sign",
    wide: false,
    size: 4,
    signed: true,
    values: [
      { name: "MINUS", value: -1n },
      { name: "LEAST", value: -(2n ** 31n) },
    ],
  },
  { kind: "forward", name: "later", of: "struct" },
  { kind: "typedef", name: "number", type: 1 },
  { kind: "volatile", name: "", type: 8 },
  { kind: "const", name: "", type: 9 },
  { kind: "restrict", name: "", type: 2 },
  { kind: "function", name: "main", type: 13, linkage: "global" },
  {
    kind: "function-prototype",
    name: "",
    result: 1,
    parameters: [
      { name: "context", type: 2 },
      { name: "", type: 0 },
    ],
  },
  { kind: "variable", name: "count", type: 10, linkage: "static" },
  { kind: "data-section", name: ".bss", size: 4, variables: [{ type: 14, offset: 0, size: 4 }] },
  { kind: "float", name: "double", size: 8 },
  { kind: "decl-tag", name: "the horizontal one", type: 4, component: 0, attribute: false },
  { kind: "type-tag", name: "rcu", type: 4, attribute: false },
  { kind: "enum", name: "wide", wide: true, size: 8, signed: false, values: [{ name: "MOST", value: 2n ** 64n - 1n }] },
  { kind: "forward", name: "other", of: "union" },
  { kind: "enum", name: "negative", wide: true, size: 8, signed: true, values: [{ name: "LEAST", value: -(2n ** 63n) }] },
  { kind: "enum", name: "flags", wide: false, size: 4, signed: false, values: [{ name: "TOP", value: 2n ** 32n - 1n }] },
  { kind: "decl-tag", name: "aligned(8)", type: 4, component: -1, attribute: true },
  { kind: "int", name: "_Bool", size: 1, signed: false, char: false, bool: true, bits: 8, bitOffset: 0 },
  { kind: "int", name: "", size: 4, signed: true, char: true, bool: false, bits: 3, bitOffset: 5 },
];

describe.each(["little", "big"] as const)("%s-endian BTF", (endianness) => {
  const btf = readBtf(writeBtf(everyKind, endianness), { endianness });

  test.each(everyKind.map((type, index) => [index + 1, type.kind, type] as const))(
    "type %d, a %s, is read as it was written",
    (id, kind, type) => {
      expect(btf.type(id)).toEqual({ id, ...type });
      expect([btf.kind(id), btf.name(id)]).toEqual([kind, type.name]);
    },
  );

  test("is recognised by its magic number alone", () => {
    expect(readBtf(writeBtf(everyKind, endianness)).endianness).toBe(endianness);
  });
});

const btf = readBtf(writeBtf(everyKind));

describe("a type graph", () => {
  test("has void at id 0 and ends after the last type", () => {
    expect(btf.type(0)).toEqual({ kind: "void", id: 0, name: "" });
    expect(btf.length).toBe(everyKind.length + 1);
    expect(() => btf.type(btf.length)).toThrow(expect.objectContaining({ code: "type-id-out-of-range" }));
    expect(() => btf.type(-1)).toThrow(BtfError);
    expect(() => btf.kind(1.5)).toThrow(BtfError);
  });

  test("gives the same object for the same id", () => expect(btf.type(4)).toBe(btf.type(4)));

  test("finds types by name and kind", () => {
    expect(btf.find("point")).toEqual([4]);
    expect(btf.find("point", "union")).toEqual([]);
    expect(btf.find("poin")).toEqual([]);
    expect(btf.find("")).toEqual([]);
    const twice = readBtf(writeBtf([int, { ...int, size: 8 }, { kind: "typedef", name: "int", type: 1 }]));
    expect(twice.find("int")).toEqual([1, 2, 3]);
    expect(twice.find("int", "typedef")).toEqual([3]);
  });

  test("finds types by how their names begin", () => {
    const names = ["task", "task___old", "tas", "task___new", "other___old"];
    const flavored = readBtf(writeBtf(names.map((name) => ({ ...int, name }))));
    const [, old = 0, , newer = 0] = names.map((name) => flavored.find(name)[0] ?? 0);
    expect(flavored.findStartingWith("task___")).toEqual([old, newer]);
    expect(flavored.findStartingWith("task___n", "int")).toEqual([newer]);
    expect(flavored.findStartingWith("task___", "struct")).toEqual([]);
    expect(flavored.findStartingWith("task____")).toEqual([]);
  });

  test("finds the same types however often it is asked", () => {
    const names = ["a", "ab", "abcd", "abcde", "abcd", "größe", "a___b"];
    const many = readBtf(writeBtf(names.map((name) => ({ ...int, name }))));
    const found = (): (readonly number[])[] => [...names, "", "abc", "b", "a\0ab"].map((name) => many.find(name));
    const first = found();
    expect(first.slice(0, 3).map((ids) => ids.length)).toEqual([1, 1, 2]);
    for (let count = 0; count < 10; count++) expect(found()).toEqual(first);
  });

  test("sees through qualifiers, tags and typedefs, or stops at typedefs", () => {
    expect(btf.resolve(10).id).toBe(1);
    expect(btf.resolve(10, { typedefs: false }).id).toBe(8);
    expect(btf.resolve(18).id).toBe(4);
    expect(btf.resolve(2).id).toBe(2);
  });

  test.each([
    [1, 4],
    [2, 8],
    [3, 64],
    [4, 12],
    [10, 4],
    [14, 4],
    [15, 4],
    [16, 8],
    [19, 8],
  ])("type %d has %d bytes", (id, size) => expect(btf.size(id)).toBe(size));

  test.each([0, 7, 12, 13])("type %d has no size", (id) => {
    expect(() => btf.size(id)).toThrow(expect.objectContaining({ code: "no-size" }));
  });

  test("finds that a type refers to itself", () => {
    const ring = readBtf(
      writeBtf([
        { kind: "const", name: "", type: 2 },
        { kind: "typedef", name: "loop", type: 1 },
        { kind: "array", name: "", element: 3, index: 1, length: 1 },
      ]),
    );
    for (const act of [() => ring.resolve(1), () => ring.size(2), () => ring.size(3)])
      expect(act).toThrow(expect.objectContaining({ code: "cycle" }));
  });

  test("refuses an array of more than 4 GiB", () => {
    const array = (element: number): NewBtfType => ({ kind: "array", name: "", element, index: 1, length: 0xffffffff });
    expect(() => readBtf(writeBtf([int, array(1), array(2)])).size(3)).toThrow(expect.objectContaining({ code: "too-large" }));
  });

  test("takes other types at some ids without a change to the first graph", () => {
    const section = { ...everyKind[14], id: 15, size: 64 } as Parameters<typeof replaceTypes>[1][number];
    const replaced = replaceTypes(btf, [section]);
    expect([replaced.size(15), btf.size(15)]).toEqual([64, 4]);
    expect(replaced.type(4)).toEqual(btf.type(4));
  });
});

describe("the bytes of a BTF", () => {
  const host = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1 ? "little" : "big";
  const bytes = writeBtf(everyKind, host);
  const btf = readBtf(bytes);
  type Replaced = Parameters<typeof replaceTypes>[1][number];
  const section = { ...everyKind[14], id: 15, size: 64 } as Replaced & { kind: "data-section" };

  test("are those that were read", () => {
    expect(btfBytes(btf)).toEqual(bytes);
  });

  test("have replaced types in their place, and every string where it was", () => {
    const patched = readBtf(btfBytes(replaceTypes(replaceTypes(btf, [section]), [{ ...section, size: 72 }])) ?? bytes);
    expect(patched.type(15)).toEqual({ ...section, size: 72 });
    expect(patched.stringBytes).toBe(btf.stringBytes);
    for (let id = 1; id < btf.length; id++) if (id !== 15) expect(patched.type(id)).toEqual(btf.type(id));
  });

  test("are not to be had of types that take more room or other strings, of a split BTF, and in the other byte order", () => {
    const longer = { ...section, variables: [...section.variables, ...section.variables, { type: 14, offset: 0, size: 4 }] };
    expect(btfBytes(replaceTypes(btf, [longer]))).toBeNull();
    expect(btfBytes(replaceTypes(btf, [btf.type(4)]))).toBeNull();
    expect(btfBytes(readBtf(new BtfBuilder(btf).build(host), { base: btf }))).toBeNull();
    expect(btfBytes(readBtf(writeBtf(everyKind, host === "little" ? "big" : "little")))).toBeNull();
  });
});

describe("split BTF", () => {
  const builder = new BtfBuilder(btf);
  const own = builder.add({ kind: "struct", name: "own", size: 12, members: [{ name: "where", type: 4, bitOffset: 0, bitSize: 0 }] });
  const split = readBtf(builder.build(), { base: btf });

  test("goes on where its base ends", () => {
    expect(own).toBe(btf.length);
    expect(split.length).toBe(btf.length + 1);
    expect(split.stringBytes).toBeGreaterThan(btf.stringBytes);
    expect(split.type(own)).toMatchObject({ name: "own", members: [{ name: "where", type: 4 }] });
  });

  test("has the types of its base", () => {
    expect(split.type(4)).toBe(btf.type(4));
    expect([split.kind(4), split.name(4), split.size(3), split.resolve(10).id]).toEqual(["struct", "point", 64, 1]);
    expect(split.find("point")).toEqual([4]);
    expect(split.find("own", "struct")).toEqual([own]);
  });

  test("finds the type whose name is its first string, which no zero byte comes before", () => {
    const first = new BtfBuilder(btf);
    const id = first.add({ kind: "forward", name: "first_of_all", of: "struct" });
    expect(readBtf(first.build(), { base: btf }).find("first_of_all")).toEqual([id]);
  });

  test("may name a type by a string of its base", () => {
    const bytes = builder.build();
    new DataView(bytes.buffer).setUint32(24, offsetOf("point"), true);
    const borrowed = readBtf(bytes, { base: btf });
    expect(borrowed.findStartingWith("poin")).toEqual([4, own]);
    expect(borrowed.name(own)).toBe("point");
    expect(borrowed.find("point")).toEqual([4, own]);
  });

  test("of another byte order is refused", () => {
    expect(() => readBtf(builder.build("big"), { base: btf })).toThrow(expect.objectContaining({ code: "base-mismatch" }));
  });
});

/** Where a string begins in the table of `btf`. */
function offsetOf(text: string): number {
  for (let offset = 1; offset < btf.stringBytes; offset++) {
    try {
      if (btf.string(offset) === text) return offset;
    } catch (error) {
      if (!(error instanceof BtfError)) throw error;
    }
  }
  throw new Error(`no string ${text}`);
}

describe("damaged BTF is refused with its reason", () => {
  const patched = (at: number, value: number): Uint8Array => {
    const bytes = writeBtf(everyKind);
    new DataView(bytes.buffer).setUint32(at, value, true);
    return bytes;
  };
  const codeOf = (act: () => unknown): string => {
    try {
      act();
    } catch (error) {
      if (error instanceof BtfError) return error.code;
      throw error;
    }
    return "no error";
  };

  test.each([
    ["no bytes", new Uint8Array(), "not-btf"],
    ["zeros", new Uint8Array(64), "not-btf"],
    ["a header of 12 bytes", writeBtf([]).subarray(0, 12), "truncated"],
    ["a shorter header than any", patched(4, 8), "truncated"],
    ["types past the end", patched(12, 1 << 20), "truncated"],
    ["strings past the end", patched(20, 1 << 20), "truncated"],
    ["an offset whose sum does not fit 32 bits", patched(8, 0xfffffff0), "truncated"],
    ["types that are no multiple of four bytes", patched(12, 17), "truncated"],
    ["a kind of 20", patched(28, 20 << 24), "unknown-kind"],
    ["the kind 0", patched(28, 0), "unknown-kind"],
    ["a last record that is cut", patched(12, 12), "truncated"],
  ])("%s", (_what, bytes, code) => expect(codeOf(() => readBtf(bytes))).toBe(code));

  test("version 2", () => {
    const bytes = writeBtf([]);
    bytes[2] = 2;
    expect(codeOf(() => readBtf(bytes))).toBe("unsupported-version");
  });

  test("the other byte order than the object's", () =>
    expect(codeOf(() => readBtf(writeBtf([], "big"), { endianness: "little" }))).toBe("not-btf"));

  test.each([
    ["past the table", 1 << 20],
    ["in the middle of another string", 2],
  ])("a name %s, when the type is asked for", (_where, offset) => {
    const damaged = readBtf(patched(24, offset));
    expect(codeOf(() => damaged.type(1))).toBe("bad-string-offset");
    expect(codeOf(() => damaged.find("int"))).toBe("no error");
  });

  test("an unknown linkage, when the function is asked for", () => {
    const bytes = writeBtf([{ kind: "function", name: "f", type: 0, linkage: "extern" }]);
    new DataView(bytes.buffer).setUint16(28, 9, true);
    expect(codeOf(() => readBtf(bytes).type(1))).toBe("bad-linkage");
  });
});

test("a longer header than the known one is read", () => {
  const bytes = writeBtf([int]);
  const longer = new Uint8Array([...bytes.subarray(0, 24), 0, 0, 0, 0, 0, 0, 0, 0, ...bytes.subarray(24)]);
  longer[4] = 32;
  expect(readBtf(longer).name(1)).toBe("int");
});
