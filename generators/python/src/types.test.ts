import type { TypeDecl, TypeRef } from "@lbc/core/layout";
import { expect, test } from "vitest";
import { flat } from "./expressions.ts";
import { array, bool, char, enumeration, float, int, named, pointer, s32, struct, u8, u32, u64 } from "./layout.test-support.ts";
import { annotation, bitsCodec, codec, type TypeNames } from "./types.ts";

const types: TypeDecl[] = [
  struct(0, "point", 8, []),
  enumeration(1, "color", { RED: "0" }, true),
  { kind: "typedef", id: 2, name: "byte", path: "byte", type: u8, doc: null },
  enumeration(3, "later", {}),
];
const names: TypeNames = {
  layout: { types },
  order: "le",
  classes: new Map([
    [0, "Point"],
    [1, "Color"],
  ]),
};

test.each<[TypeRef, string, string]>([
  [u32, "le.u32", "int"],
  [int(16, true), "le.s128", "int"],
  [char, "le.s8", "int"],
  [bool, "le.bool8", "bool"],
  [int(4, false, "bool"), "le.bool32", "bool"],
  [float(8), "le.f64", "float"],
  [float(2), "le.f16", "float"],
  [float(16), "le.raw(16)", "bytes"],
  [pointer, "le.pointer", "int"],
  [array(char, 16), "le.text(16)", "str"],
  [array(array(char, 16), 2), "le.array(le.text(16), 2)", "Sequence[str]"],
  [array(u8, 6), "le.raw(6)", "bytes"],
  [array(named(2), 6), "le.raw(6)", "bytes"],
  [array(int(1, true), 6), "le.array(le.s8, 6)", "Sequence[int]"],
  [array(array(u64, 3), 2), "le.array(le.array(le.u64, 3), 2)", "Sequence[Sequence[int]]"],
  [array(named(0), 2), "le.array(le.struct(Point), 2)", "Sequence[Point]"],
  [named(0), "le.struct(Point)", "Point"],
  [named(1), "le.enum(Color, le.s32)", "Color"],
  [named(2), "le.u8", "int"],
  [named(3), "le.u32", "int"],
])("%j is %s, a %s to type checkers", (type, want, wantAnnotation) => {
  expect(flat(codec(names, type))).toBe(want);
  expect(annotation(names, type)).toBe(wantAnnotation);
});

test("a bit-field has the sign of its own", () => {
  expect(flat(bitsCodec(names, u32, true))).toBe("le.s32");
  expect(flat(bitsCodec(names, s32, false))).toBe("le.u32");
  expect(flat(bitsCodec(names, named(1), false))).toBe("le.enum(Color, le.u32)");
  expect(flat(bitsCodec(names, bool, false))).toBe("le.bool8");
});

test("big-endian types have big-endian codecs", () => {
  expect(flat(codec({ ...names, order: "be" }, array(u32, 2)))).toBe("be.array(be.u32, 2)");
});
