import type { TypeRef } from "@lbc/core/layout";
import { expect, test } from "vitest";
import { array, bool, enumeration, float, i32, int, layout, named, pointer, struct, text, u8, u16, u32 } from "./fixtures/layouts.ts";
import { hasFloat, rustAlign, rustType, type TypeContext } from "./spelling.ts";

const types = [
  enumeration(0, "color", { RED: "0" }),
  { kind: "typedef" as const, id: 1, name: "color_t", path: "color_t", doc: null, type: named(0) },
  struct(
    2,
    "event",
    [4, 4],
    [{ kind: "field", name: "f", offset: 0, type: float(4), size: 4, aligned: true, flexible: false, special: null, doc: null }],
  ),
];
const context = (endianness: "little" | "big"): TypeContext => ({
  layout: layout("x", { types }, endianness),
  names: new Map([
    [0, "Color"],
    [2, "Event"],
  ]),
});

test.each<[TypeRef, string, string]>([
  [u8, "u8", "u8"],
  [i32, "i32", "rlbc::Be<i32>"],
  [int(16, true), "i128", "rlbc::Be<i128>"],
  [bool, "rlbc::Bool", "rlbc::Bool"],
  [float(8), "f64", "rlbc::Be<f64>"],
  [float(16), "[u8; 16]", "[u8; 16]"],
  [pointer, "rlbc::Address", "rlbc::Be<rlbc::Address>"],
  [text(16), "rlbc::Text<16>", "rlbc::Text<16>"],
  [array(array(u16, 2), 3), "[[u16; 2]; 3]", "[[rlbc::Be<u16>; 2]; 3]"],
  [named(1), "Color", "Color"],
])("%o is %s, and %s in a big-endian object", (ref, little, big) => {
  expect(rustType(context("little"), ref)).toBe(little);
  expect(rustType(context("big"), ref)).toBe(big);
});

test.each<[TypeRef, number]>([
  [text(16), 1],
  [array(u32, 3), 4],
  [pointer, 8],
  [int(16), 16],
  [float(12), 1],
  [named(1), 4],
])("Rust aligns %o to %d", (ref, align) => expect(rustAlign(context("little"), ref)).toBe(align));

test("a struct with a float at any depth cannot be hashed", () => {
  expect(hasFloat(context("little"), array(named(2), 2))).toBe(true);
  expect(hasFloat(context("little"), named(1))).toBe(false);
});
