import { describe, expect, test } from "vitest";
import { bits, bool, enumeration, field, int, layoutOfTypes, named, u8, u16, u32, u64 } from "./layout.test-support.ts";
import { needsWideType, placeStruct, placeUnion } from "./placement.ts";

const layout = layoutOfTypes(enumeration(0, "level", "level", { LOW: "0", HIGH: "9" }));

/** `a b`, `4B` for bytes of padding, `3b` for bits. */
const text = ({ items }: ReturnType<typeof placeStruct>) =>
  items
    .map((item) =>
      item.kind === "member" ? (item.member as { name?: string }).name : item.kind === "pad-bytes" ? `${item.bytes}B` : `${item.bits}b`,
    )
    .join(" ");

describe("a struct", () => {
  test.each([
    ["C's own gaps need nothing", [field("a", 0, u8, 1), field("b", 8, u64, 8)], 16, 8, "a b", false, null],
    ["a gap of aligned(16) becomes bytes", [field("a", 0, u8, 1), field("b", 16, u64, 8)], 24, 8, "a 15B b", false, null],
    ["a misaligned member packs it", [field("a", 0, u8, 1), field("b", 1, u64, 8)], 9, 1, "a b", true, null],
    ["a size that is no multiple packs it", [field("a", 0, u64, 8), field("b", 8, u8, 1)], 9, 1, "a b", true, null],
    ["room at the end becomes bytes", [field("a", 0, u32, 4)], 16, 4, "a 12B", false, null],
    ["a larger alignment is said", [field("a", 0, u32, 4)], 16, 16, "a", false, 16],
    ["packed members of an aligned struct", [field("a", 0, u8, 1), field("b", 1, u16, 2)], 4, 4, "a b", true, 4],
    ["bit-fields follow each other", [bits("a", 0, 3), bits("b", 3, 29)], 4, 4, "a b", false, null],
    ["a bit-field does not cross its type", [bits("a", 0, 20), bits("b", 32, 20)], 8, 4, "a b", false, null],
    ["a bit-field that crosses its type packs it", [bits("a", 0, 20), bits("b", 20, 20)], 5, 1, "a b", true, null],
    ["unnamed bits are padding", [bits("a", 0, 2), bits("b", 11, 5)], 4, 4, "a 6b 3b b", false, null],
    ["a bit-field after a byte", [field("a", 0, u8, 1), bits("b", 8, 4)], 4, 4, "a b", false, null],
    ["a bool of one bit", [bits("a", 0, 1, bool), bits("b", 1, 1, bool)], 1, 1, "a b", false, null],
    ["an empty struct", [], 0, 1, "", false, null],
  ])("%s", (_, members, size, align, want, packed, aligned) => {
    const placement = placeStruct(layout, members, { size, align });
    expect([text(placement), placement.packed, placement.aligned]).toEqual([want, packed, aligned]);
  });

  test("a section may end before its struct does", () => {
    expect(placeStruct(layout, [field("a", 0, u64, 8), field("b", 8, u8, 1)], { size: 9, align: 8, openEnd: true }).packed).toBe(false);
  });

  test("members that overlap are refused", () => {
    expect(() => placeStruct(layout, [field("a", 0, u64, 8), field("b", 4, u32, 4)], { size: 8, align: 8 })).toThrow(RangeError);
  });
});

describe("a union", () => {
  test.each([
    ["as large as its largest member", [field("a", 0, u8, 1), field("b", 0, u32, 4)], 4, 4, "a b", false, null],
    ["larger than all of them", [field("a", 0, u8, 1)], 3, 1, "a 3B", false, null],
    ["packed around a member", [field("a", 0, u64, 8)], 8, 1, "a", true, null],
    ["aligned more than its members", [field("a", 0, u32, 4)], 8, 8, "a", false, 8],
  ])("%s", (_, members, size, align, want, packed, aligned) => {
    const placement = placeUnion(layout, members, { size, align });
    expect([text(placement), placement.packed, placement.aligned]).toEqual([want, packed, aligned]);
  });
});

test.each([
  ["a byte that crosses a byte in a packed struct", bits("a", 4, 8, u8), true, true],
  ["a byte inside a byte", bits("a", 0, 4, u8), true, false],
  ["an enum with room for its values", bits("a", 0, 4, named(0)), false, false],
  ["an enum without room for its values", bits("a", 0, 3, named(0)), false, true],
  ["a signed int", bits("a", 0, 3, int(4, true)), false, false],
])("%s: spelled with int? %#", (_, member, packed, wide) => {
  expect(needsWideType(layout, member, packed)).toBe(wide);
});
