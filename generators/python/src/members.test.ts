import type { TypeDecl } from "@lbc/core/layout";
import { expect, test } from "vitest";
import { array, bits, field, named, struct, u8, u32, u64, union } from "./layout.test-support.ts";
import { classHeader, gaps, structClass } from "./members.ts";

const inner = union(0, "outer.x", 8, [field("a", 0, u32, 4), field("b", 0, u64, 8)]);
const outer = struct(1, "outer", 24, [
  field("first", 0, u32, 4),
  { kind: "padding", offset: 4, size: 4 },
  field(null, 8, named(0), 8),
  bits("flag", { offset: 16, bytes: 1 }, 2, 1),
  bits(null, { offset: 16, bytes: 1 }, 3, 1),
  { kind: "padding", offset: 17, size: 7 },
]);
const types: TypeDecl[] = [inner, outer];
const names = { layout: { types }, order: "le", classes: new Map([[1, "Outer"]]) };

test("a class says its size, its members and the bytes between them", () => {
  const view = structClass(names, outer);
  expect(view.header).toBe("class Outer(le.Struct, size=24, padding=((4, 8), (17, 24))):");
  expect(view.doc).toBe("``struct outer``, 24 bytes.");
  expect(view.fields.map((member) => member.line)).toEqual([
    "first = le.u32.at(0)",
    "a = le.u32.at(8)",
    "b = le.u64.at(8)",
    "flag = le.u32.bits(16, 1, shift=2, size=1)",
  ]);
  expect(view.fields.map((member) => member.parameter)).toEqual([
    "first: int = ...,",
    "a: int = ...,",
    "b: int = ...,",
    "flag: int = ...,",
  ]);
});

test("gaps are found whatever overlaps", () => {
  expect(gaps([], 4)).toEqual([[0, 4]]);
  expect(
    gaps(
      [
        [0, 8],
        [0, 2],
        [4, 2],
        [10, 2],
      ],
      12,
    ),
  ).toEqual([[8, 10]]);
  expect(gaps([[0, 4]], 4)).toEqual([]);
});

test("a header that is too long has one argument a line", () => {
  const padding = Array.from({ length: 8 }, (_, index): [number, number] => [1000 + 10 * index, 1002 + 10 * index]);
  expect(classHeader("Large", "le.Struct", 4096, padding).split("\n").slice(0, 5)).toEqual([
    "class Large(",
    "    le.Struct,",
    "    size=4096,",
    "    padding=(",
    "        (1000, 1002),",
  ]);
});

test("a flexible array reaches to the end of the record, and what the kernel keeps says so", () => {
  const decl = struct(1, "outer", 8, [
    field("lock", 0, u32, 4, { special: "spin_lock" }),
    field("size", 4, u32, 4, { doc: "in bytes" }),
    field("data", 8, array(u8, 0), 0, { flexible: true }),
  ]);
  const [lock, size, data] = structClass(names, decl).fields;
  expect(data?.line).toBe("data = le.flexible(le.raw(0)).at(8)");
  expect(lock?.doc).toBe("The kernel's own (spin lock): reads as zeros, writes do not reach it.");
  expect(size?.doc).toBe("in bytes");
});
