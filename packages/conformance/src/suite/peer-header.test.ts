import { expect, test } from "vitest";
import { differenceOf } from "./peer-header.ts";
import type { Answer } from "./truth.ts";

const answer: Answer = { size: 8, align: 4, offsets: [0, 4, null], bytes: [Uint8Array.of(1, 2), Uint8Array.of(3, 4)] };

test("an answer does not differ from itself", () => {
  expect(differenceOf(answer, structuredClone(answer))).toBeNull();
});

test.each([
  [{ ...answer, size: 12 }, "8 bytes expected, 12 found"],
  [{ ...answer, align: 8 }, "alignment 4 expected, 8 found"],
  [{ ...answer, offsets: [0, 5, null] }, "leaf 1 at 4 expected, at 5 found"],
  [{ ...answer, bytes: [Uint8Array.of(1, 2), Uint8Array.of(3, 5)] }, "bit-fields of vector 1 are elsewhere"],
  [{ ...answer, bytes: [] }, "bit-fields of vector 0 are elsewhere"],
])("a difference is told (%#)", (found, want) => {
  expect(differenceOf(answer, found)).toBe(want);
});
