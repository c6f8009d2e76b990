import { expect, test } from "vitest";
import { isMisplaced, scalarAlignment } from "./index.ts";

test.each([
  [1, 1],
  [2, 2],
  [4, 4],
  [8, 8],
  [16, 16],
  [12, 4],
  [10, 2],
  [3, 1],
  [32, 16],
  [0, 1],
])("a scalar of %d bytes is aligned to %d", (size, alignment) => {
  expect(scalarAlignment(size)).toBe(alignment);
});

test.each([
  ["a field at a multiple of its alignment", 64, 0, 4, 4, false],
  ["a field off its alignment", 72, 0, 4, 4, true],
  ["a field of a packed type at any byte", 72, 0, 4, 1, false],
  ["a bit-field within a unit of its type", 40, 24, 4, 4, false],
  ["a bit-field across two units of its type", 40, 25, 4, 4, true],
])("%s", (_what, bitOffset, bitSize, size, alignment, misplaced) => {
  expect(isMisplaced(bitOffset, bitSize, size, alignment)).toBe(misplaced);
});
