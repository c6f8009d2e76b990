import { describe, expect, test } from "vitest";
import { BtfBuilder, type BtfMember, type NewBtfType, readBtf } from "../btf/index.ts";
import type { Root } from "./collect.ts";
import { LayoutError } from "./errors.ts";
import { isOwnName } from "./query.ts";
import { TypeSource } from "./source.ts";
import { TypeTable } from "./type-table.ts";
import type { TypeDecl } from "./types.ts";

/** A BTF that begins with int (1), char (2) and unsigned long long (3). */
function btfOf(...types: NewBtfType[]): TypeSource {
  const builder = new BtfBuilder();
  const int = { kind: "int", char: false, bool: false, bitOffset: 0 } as const;
  builder.add({ ...int, name: "int", size: 4, bits: 32, signed: true });
  builder.add({ ...int, name: "char", size: 1, bits: 8, signed: true });
  builder.add({ ...int, name: "unsigned long long", size: 8, bits: 64, signed: false });
  for (const type of types) builder.add(type);
  return new TypeSource(readBtf(builder.build()));
}
const at = (name: string, type: number, bitOffset: number): BtfMember => ({ name, type, bitOffset, bitSize: 0 });
const struct = (name: string, size: number, ...members: BtfMember[]): NewBtfType => ({ kind: "struct", name, size, members });
const typedef = (name: string, type: number): NewBtfType => ({ kind: "typedef", name, type });
const pointer = (type: number): NewBtfType => ({ kind: "pointer", name: "", type });
const array = (element: number, length: number): NewBtfType => ({ kind: "array", name: "", element, index: 1, length });

function tableOf(source: TypeSource, ...roots: [id: number, place: string][]): TypeTable {
  const all: Root[] = roots.map(([id, place]) => ({ source, id, place }));
  return new TypeTable(all, "little");
}
const pathsOf = (table: TypeTable): string[] => table.types.map((type) => type.path);
const declOf = (table: TypeTable, path: string): TypeDecl | undefined => table.types.find((type) => type.path === path);

describe("what is reached", () => {
  test("stands before what contains it, each once", () => {
    const source = btfOf(typedef("u64", 3), struct("inner", 8, at("a", 4, 0)), struct("outer", 16, at("x", 5, 0), at("y", 5, 64)));
    const table = tableOf(source, [6, "m.value"], [5, "n.value"]);
    expect(pathsOf(table)).toEqual(["u64", "inner", "outer"]);
    expect(table.types.map((type) => type.id)).toEqual([0, 1, 2]);
  });

  test("is an enum with values that its size has room for, where older BTF has -1 in 32 bits", () => {
    const source = btfOf({ kind: "enum", name: "e", size: 1, wide: false, signed: false, values: [{ name: "A", value: 0xffffffffn }] });
    expect(declOf(tableOf(source, [4, "m.value"]), "e")).toMatchObject({ bytes: 1, values: [{ name: "A", value: "255" }] });
  });

  test("does not go through pointers: their target is incomplete, or known where another way leads to it", () => {
    const source = btfOf(struct("far", 4, at("a", 1, 0)), pointer(4), struct("node", 16, at("far", 5, 0), at("self", 7, 64)), pointer(6));
    const table = tableOf(source, [6, "m.value"]);
    expect(pathsOf(table)).toEqual(["node"]);
    expect(declOf(table, "node")).toMatchObject({
      members: [
        { name: "far", type: { kind: "pointer", to: { kind: "incomplete", tag: "struct", name: "far" } } },
        { name: "self", type: { kind: "pointer", to: { kind: "named", id: 0 } } },
      ],
    });
  });

  test("keeps typedefs and drops const, volatile and type tags, which pointers keep as tags", () => {
    const source = btfOf(
      { kind: "const", name: "", type: 5 },
      typedef("counter", 6),
      { kind: "volatile", name: "", type: 3 },
      { kind: "type-tag", name: "kptr", type: 8, attribute: false },
      struct("task", 4, at("a", 1, 0)),
      pointer(7),
    );
    const table = tableOf(source, [4, "m.value"]);
    expect(table.types).toMatchObject([{ kind: "typedef", name: "counter", type: { kind: "int", bytes: 8 } }]);
    expect(table.ref({ source, id: 9 })).toEqual({
      kind: "pointer",
      to: { kind: "incomplete", tag: "struct", name: "task" },
      tags: ["kptr"],
    });
  });

  test("is text where the element is named char, through typedefs, and else bytes", () => {
    const source = btfOf(typedef("letter", 2), array(4, 16), typedef("name_t", 5), array(1, 3), array(5, 2));
    const table = tableOf(source, [6, "a"], [7, "b"], [8, "c"]);
    expect(declOf(table, "name_t")).toMatchObject({ type: { kind: "array", length: 16, text: true } });
    expect(table.ref({ source, id: 7 })).toMatchObject({ length: 3, text: false });
    expect(table.ref({ source, id: 8 })).toMatchObject({ length: 2, text: false, element: { length: 16, text: true } });
  });
});

describe("paths", () => {
  test("of anonymous types come from a typedef, else from the place of their first use", () => {
    const source = btfOf(
      struct("", 4, at("a", 1, 0)),
      typedef("named_t", 4),
      struct("", 8, at("lo", 1, 0), at("hi", 1, 32)),
      { kind: "union", name: "", size: 8, members: [at("first", 3, 0), at("second", 1, 0)] },
      struct("event", 24, at("t", 5, 0), at("addr", 6, 32), at("", 7, 128)),
    );
    expect(pathsOf(tableOf(source, [8, "events.event"], [6, "counts.value"]))).toEqual([
      "named_t",
      "named_t~typedef",
      "event.addr",
      "event.first",
      "event",
    ]);
  });

  test("of same-named types differ by a hash of the shape that does not change with what stands around them", () => {
    const pair = [struct("event", 4, at("a", 1, 0)), struct("event", 8, at("a", 3, 0))] as const;
    const table = tableOf(btfOf(...pair), [4, "x"], [5, "y"]);
    const other = tableOf(btfOf(struct("more", 4, at("z", 1, 0)), ...pair), [4, "m"], [6, "y"], [5, "x"]);
    for (const path of pathsOf(table)) expect(path).toMatch(/^event~[0-9a-f]{6}$/);
    expect(new Set(pathsOf(other))).toEqual(new Set(["more", ...pathsOf(table)]));
    expect(table.notes).toMatchObject([{ code: "type-name-clash", subject: "event" }]);
  });

  test("are one for types of one name and shape, even from two BTFs", () => {
    const first = btfOf(struct("event", 4, at("a", 1, 0)));
    const second = btfOf(typedef("u", 3), struct("event", 4, at("a", 1, 0)));
    const table = new TypeTable(
      [
        { source: first, id: 4, place: "x" },
        { source: second, id: 5, place: "y" },
      ],
      "little",
    );
    expect(pathsOf(table)).toEqual(["event"]);
    expect(table.ref({ source: second, id: 5 })).toEqual({ kind: "named", id: 0 });
  });

  test("tell a typedef from the struct whose name it repeats", () => {
    const table = tableOf(btfOf(struct("event", 4, at("a", 1, 0)), typedef("event", 4)), [5, "m.value"]);
    expect(pathsOf(table)).toEqual(["event", "event~typedef"]);
    const typedefDecl = declOf(table, "event~typedef");
    expect(typedefDecl?.kind === "typedef" && isOwnName(table, typedefDecl)).toBe(true);
  });
});

const tag = (type: number, component: number, name: string): NewBtfType => ({
  kind: "decl-tag",
  name,
  type,
  component,
  attribute: false,
});

test("a type without a name has the documentation of the typedef that names it, and of no other", () => {
  const source = btfOf(
    struct("", 4, at("a", 1, 0)),
    typedef("pair", 4),
    typedef("other", 4),
    tag(5, -1, "doc:Two."),
    tag(6, -1, "doc:No."),
  );
  expect(tableOf(source, [5, "m.value"], [6, "m.key"]).types.map(({ kind, doc }) => [kind, doc])).toEqual([
    ["struct", "Two."],
    ["typedef", "Two."],
    ["typedef", "No."],
  ]);
});

test("documentation comes from declaration tags on types and members", () => {
  const source = btfOf(
    struct("event", 4, at("pid", 1, 0)),
    tag(4, -1, "doc: One execution."),
    tag(4, 0, "doc:The process."),
    tag(4, 0, "other"),
  );
  expect(tableOf(source, [4, "m.value"]).types).toMatchObject([{ doc: "One execution.", members: [{ doc: "The process." }] }]);
});

test("bit-fields of old compilers, integers with fewer bits than bytes, are bit-fields", () => {
  const source = btfOf(
    { kind: "int", name: "unsigned int", size: 4, bits: 3, bitOffset: 0, signed: false, char: false, bool: false },
    struct("flags", 4, at("a", 4, 0), at("b", 4, 3)),
  );
  const [flags] = tableOf(source, [5, "m.value"]).types;
  expect(flags).toMatchObject({
    members: [
      { kind: "bits", name: "a", bitOffset: 0, bitSize: 3 },
      { kind: "bits", name: "b", bitOffset: 3, bitSize: 3, shift: 3 },
      { kind: "padding", offset: 1, size: 3 },
    ],
  });
});

test("fields that the kernel keeps for itself are marked, in arrays too", () => {
  const source = btfOf(
    struct("bpf_timer", 16, at("__opaque", 3, 0), at("__opaque2", 3, 64)),
    array(4, 2),
    { kind: "type-tag", name: "kptr", type: 0, attribute: false },
    pointer(6),
    struct("value", 48, at("t", 5, 0), at("p", 7, 256), at("n", 3, 320)),
  );
  const value = declOf(tableOf(source, [8, "m.value"]), "value");
  expect(value).toMatchObject({ members: [{ special: "timer" }, { special: "kptr" }, { special: null }] });
});

describe("what BTF cannot describe, such as _Atomic, which clang writes as void,", () => {
  test("is bytes up to the next member or to the end, and aligned to nothing", () => {
    const source = btfOf(
      typedef("hits_t", 0),
      array(4, 2),
      struct("s", 32, at("a", 4, 0), at("b", 1, 32), at("c", 5, 64), at("d", 0, 192)),
    );
    expect(declOf(tableOf(source, [6, "m.value"]), "s")).toMatchObject({
      align: 4,
      members: [
        { name: "a", offset: 0, size: 4, type: { kind: "array", element: { bytes: 1 }, length: 4, text: false } },
        { name: "b", offset: 4, size: 4 },
        { name: "c", offset: 8, size: 16, type: { kind: "array", length: 16 } },
        { name: "d", offset: 24, size: 8, type: { kind: "array", length: 8 } },
      ],
    });
  });

  test("is as large as its union, and nothing where it is an array without elements", () => {
    const union: NewBtfType = { kind: "union", name: "u", size: 8, members: [at("a", 0, 0), at("b", 1, 0)] };
    expect(declOf(tableOf(btfOf(union), [4, "m.value"]), "u")).toMatchObject({ members: [{ size: 8 }, { size: 4 }] });
    const source = btfOf(array(0, 0), struct("s", 4, at("n", 1, 0), at("data", 4, 32)));
    expect(declOf(tableOf(source, [5, "m.value"]), "s")).toMatchObject({ members: [{ size: 4 }, { size: 0, flexible: true }] });
  });

  test("is no value by itself, and no bit-field", () => {
    const wrong = struct("s", 4, { ...at("a", 0, 0), bitSize: 3 });
    expect(() => tableOf(btfOf(typedef("hits_t", 0)), [4, "m.value"])).toThrow(expect.objectContaining({ code: "not-a-value" }));
    expect(() => tableOf(btfOf(wrong), [4, "m.value"])).toThrow(expect.objectContaining({ code: "not-a-value" }));
  });
});

describe("a BTF that no compiler makes", () => {
  const codeOf = (source: TypeSource, id: number): string => {
    try {
      tableOf(source, [id, "place"]);
    } catch (error) {
      if (error instanceof LayoutError) return error.code;
      throw error;
    }
    return "none";
  };

  test("is refused where a struct contains itself", () => {
    expect(codeOf(btfOf(struct("loop", 8, at("self", 4, 0))), 4)).toBe("cycle");
    expect(codeOf(btfOf(array(5, 1), struct("loop", 8, at("self", 4, 0))), 5)).toBe("cycle");
  });

  test("is refused where types are nested without end", () => {
    const chain = Array.from({ length: 1000 }, (_, index) => struct(`s${index}`, 4, at("next", index === 999 ? 1 : index + 5, 0)));
    expect(codeOf(btfOf(...chain), 4)).toBe("too-deep");
  });

  test("is refused where a pointer points to itself", () => {
    expect(codeOf(btfOf(pointer(4), struct("s", 8, at("p", 4, 0))), 5)).toBe("too-deep");
  });

  test("is refused where a value is only named, has no size, or is too large", () => {
    expect(codeOf(btfOf({ kind: "forward", name: "unknown", of: "struct" }), 4)).toBe("incomplete-type");
    expect(codeOf(btfOf({ kind: "function-prototype", name: "", result: 0, parameters: [] }), 4)).toBe("not-a-value");
    expect(codeOf(btfOf(array(3, 0xffffffff), typedef("huge", 4)), 5)).toBe("type-too-large");
  });
});
