import type { Member } from "@lbc/core/layout";
import { expect, test } from "vitest";
import { array, bits, composite, field, layout, named, padding, struct, u8, u32, u64 } from "./fixtures/layouts.ts";
import { type Placeable, type Placement, place } from "./placement.ts";

const wide = struct(0, "wide", [16, 16], [field("a", 0, u32, 4), padding(4, 12)]);
const inner = composite("union", 1, null, [8, 8], [field("whole", 0, u64, 8), field("half", 0, u32, 4)]);
const context = { layout: layout("x", { types: [wide, inner] }), names: new Map([[0, "Wide"]]) };

const placed = (size: number, align: number, members: readonly Member[], kind: Placeable["kind"] = "struct"): Placement =>
  place(context, { kind, size, align, members });
const summary = ({ repr, pieces }: Placement): string =>
  `${repr}: ${pieces.map((piece) => `${piece.kind === "field" ? piece.leaf.name : piece.kind}@${piece.offset}`).join(" ")}`;

test.each<[string, number, number, Member[], string]>([
  ["a plain struct follows C's rules", 16, 8, [field("a", 0, u32, 4), padding(4, 4), field("b", 8, u64, 8)], "C: a@0 padding@4 b@8"],
  ["a packed struct is packed", 12, 1, [field("a", 0, u32, 4), field("b", 4, u64, 8)], "C, packed: a@0 b@4"],
  ["a partly packed struct is packed to its alignment", 12, 4, [field("a", 0, u32, 4), field("b", 4, u64, 8)], "C, packed(4): a@0 b@4"],
  ["an over-aligned struct says so", 16, 16, [field("a", 0, u32, 4), padding(4, 12)], "C, align(16): a@0 padding@4"],
  [
    "packed around an aligned member is bytes, since Rust refuses it",
    17,
    1,
    [field("a", 0, u8, 1), field("w", 1, named(0), 16)],
    "C: bytes@0",
  ],
  [
    "bit-fields share bytes and leave the other fields alone",
    8,
    4,
    [bits("a", 0, 3, u32), bits("b", 3, 9, u32), padding(2, 2), field("c", 4, u32, 4)],
    "C: bytes@0 padding@2 c@4",
  ],
  ["variables that overlap are bytes", 8, 4, [field("a", 0, u32, 4), field("b", 2, u32, 4), padding(6, 2)], "C, align(4): bytes@0"],
  ["a trailing array without a length takes no room", 4, 4, [field("n", 0, u32, 4), field("data", 4, array(u32, 0), 0)], "C: n@0 data@4"],
  ["an empty struct has no parts", 0, 1, [], "C: "],
])("%s", (_, size, align, members, want) => expect(summary(placed(size, align, members))).toBe(want));

test("an anonymous union becomes bytes whose members stand in the outer struct", () => {
  const placement = placed(16, 8, [field("kind", 0, u32, 4), padding(4, 4), field(null, 8, named(1), 8)]);
  expect(summary(placement)).toBe("C, align(8): kind@0 padding@4 bytes@8");
  expect(placement.leaves.map(({ name, offset }) => `${name}@${offset}`)).toEqual(["kind@0", "whole@8", "half@8"]);
});

test("a union is bytes with its own alignment", () => {
  expect(summary(placed(8, 8, inner.kind === "union" ? inner.members : [], "union"))).toBe("C, align(8): bytes@0");
});
