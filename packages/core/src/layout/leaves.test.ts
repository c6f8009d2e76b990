import { describe, expect, test } from "vitest";
import { arrange, type FieldLeaf, leavesOf, type Piece } from "./leaves.ts";
import type { Bits, Field, Member, StructDecl, TypeDecl, TypeRef, UnionDecl } from "./types.ts";

const int = (bytes: 1 | 4 | 8): TypeRef => ({ kind: "int", bytes, signed: false, role: "number" });
const named = (id: number): TypeRef => ({ kind: "named", id });

function field(name: string | null, offset: number, size: number, type: TypeRef = int(size === 1 || size === 4 ? size : 8)): Field {
  return { kind: "field", name, offset, size, type, aligned: true, flexible: false, special: null, doc: null };
}
function bits(name: string | null, bitOffset: number, bitSize: number, unit: Bits["unit"]): Bits {
  return { kind: "bits", name, bitOffset, bitSize, signed: false, type: int(4), unit, shift: bitOffset - 8 * unit.offset, doc: null };
}
const padding = (offset: number, size: number): Member => ({ kind: "padding", offset, size });

const shape = { packed: false, explicitAlign: false, containsAligned: false, endsZeroSized: false, misaligned: false, bitFields: false };
const composite = (id: number, size: number, members: readonly Member[]) => ({
  id,
  name: null,
  path: `t${id}`,
  doc: null,
  size,
  align: 8,
  shape,
  members,
});
const struct = (id: number, size: number, ...members: Member[]): StructDecl => ({ kind: "struct", ...composite(id, size, members) });
const union = (id: number, size: number, ...members: Member[]): UnionDecl => ({ kind: "union", ...composite(id, size, members) });

/** A number, eight bytes that an anonymous union shares, and two bit-fields in a byte. */
const inner = union(0, 8, field("a", 0, 4), field("b", 0, 8), bits("c", 1, 7, { offset: 0, bytes: 1 }));
const outer = struct(
  1,
  24,
  field("first", 0, 4),
  padding(4, 4),
  field(null, 8, 8, named(0)),
  bits("flag", 128, 1, { offset: 16, bytes: 1 }),
  bits(null, 129, 2, { offset: 16, bytes: 1 }),
  bits("level", 131, 9, { offset: 16, bytes: 2 }),
  padding(18, 2),
  field("last", 20, 4),
);
const types: TypeDecl[] = [inner, outer];

const shown = (pieces: readonly Piece[] | null): string[] | undefined =>
  pieces?.map((piece) => `${piece.kind === "field" ? piece.leaf.name : piece.kind}@${piece.offset}+${piece.size}`);
const every = (): boolean => true;

test("members of anonymous structs and unions stand in the type around them, at offsets from its start", () => {
  const base = struct(2, 124, field(null, 100, 24, named(1)));
  const leaves = leavesOf({ types }, base);
  expect(leaves.map(({ name, offset, size, inUnion }) => [name, offset, size, inUnion])).toEqual([
    ["first", 100, 4, false],
    ["a", 108, 4, true],
    ["b", 108, 8, true],
    ["c", 108, 1, true],
    ["flag", 116, 1, false],
    ["level", 116, 2, false],
    ["last", 120, 4, false],
  ]);
  expect(leaves.flatMap((leaf) => (leaf.kind === "bits" ? [[leaf.name, leaf.bitOffset]] : []))).toEqual([
    ["c", 865],
    ["flag", 928],
    ["level", 931],
  ]);
});

describe("an arrangement", () => {
  test("has fields, padding, and bytes for unions and bit-fields", () => {
    expect(shown(arrange({ types }, outer, every).pieces)).toEqual(["first@0+4", "padding@4+4", "bytes@8+10", "padding@18+2", "last@20+4"]);
  });

  test("keeps in bytes the fields that the language cannot place", () => {
    const isNative = ({ name }: FieldLeaf): boolean => name !== "last";
    expect(shown(arrange({ types }, outer, isNative).pieces)?.at(-1)).toBe("bytes@20+4");
  });

  test("is bytes alone for a union", () => {
    expect(shown(arrange({ types }, inner, every).pieces)).toEqual(["bytes@0+8"]);
  });

  test("is none where fields overlap, or something between them is missing", () => {
    expect(arrange({ types }, struct(3, 8, field("a", 0, 8), field("b", 4, 4)), every).pieces).toBeNull();
    expect(arrange({ types }, struct(3, 16, field("a", 0, 8)), every).pieces).toBeNull();
  });
});
