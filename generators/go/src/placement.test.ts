import type { Member, TypeRef } from "@lbc/core/layout";
import { expect, test } from "vitest";
import { type Placeable, place } from "./placement.ts";

const context = { layout: { types: [], object: { endianness: "little" as const } as never }, names: new Map<number, string>() };
const int = (bytes: 1 | 2 | 4 | 8 | 16): TypeRef => ({ kind: "int", bytes, signed: false, role: "number" });
const field = (name: string, offset: number, bytes: 1 | 2 | 4 | 8 | 16): Member => ({
  kind: "field",
  name,
  offset,
  type: int(bytes),
  size: bytes,
  aligned: offset % bytes === 0,
  flexible: false,
  special: null,
  doc: null,
});
const bits = (name: string | null, offset: number, bytes: number): Member => ({
  kind: "bits",
  name,
  bitOffset: 8 * offset,
  bitSize: 8 * bytes - 1,
  signed: false,
  type: int(8),
  unit: { offset, bytes },
  shift: 0,
  doc: null,
});
const padding = (offset: number, size: number): Member => ({ kind: "padding", offset, size });

/** What lies in memory, as `kind@offset+size`. */
const pieces = (kind: Placeable["kind"], size: number, ...members: readonly Member[]): string[] =>
  place(context, { kind, size, members }).pieces.map((piece) => `${piece.kind}@${piece.offset}+${piece.size}`);

test("members where Go puts them are fields, gaps are padding", () => {
  expect(pieces("struct", 16, field("a", 0, 4), padding(4, 4), field("b", 8, 8))).toEqual(["field@0+4", "padding@4+4", "field@8+8"]);
});

test("a misaligned member is bytes, and those around it stay fields", () => {
  expect(pieces("struct", 12, field("a", 0, 4), field("b", 4, 8))).toEqual(["field@0+4", "bytes@4+8"]);
});

test("a member wider than the size allows is bytes, or Go would add to the end of the struct", () => {
  expect(pieces("struct", 5, field("a", 0, 4), field("b", 4, 1))).toEqual(["bytes@0+4", "field@4+1"]);
});

test("an integer of 16 bytes needs 8 of alignment in Go", () => {
  expect(pieces("struct", 24, field("a", 0, 8), field("b", 8, 16))).toEqual(["field@0+8", "field@8+16"]);
});

test("bit-fields share their bytes, and unnamed ones keep their place", () => {
  expect(pieces("struct", 8, bits("a", 0, 1), bits("b", 1, 2), bits(null, 3, 1), field("c", 4, 4))).toEqual(["bytes@0+4", "field@4+4"]);
});

test("a union is bytes as a whole", () => {
  expect(pieces("union", 8, field("a", 0, 4), field("b", 0, 8))).toEqual(["bytes@0+8"]);
});

test("a last member without bytes is no field, behind which Go would add some", () => {
  const flexible: Member = {
    ...field("data", 4, 4),
    type: { kind: "array", element: int(4), length: 0, text: false },
    size: 0,
    flexible: true,
  } as Member;
  expect(pieces("struct", 4, field("count", 0, 4), flexible)).toEqual(["field@0+4"]);
});
