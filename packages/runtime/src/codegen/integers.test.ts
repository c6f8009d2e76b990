import { expect, test } from "vitest";
import { signed, unsigned } from "./integers.ts";

test.each([
  [unsigned, 8, [0, 255, 0n, 255n], [-1, 256, 1.5, Number.NaN, 256n, -1n]],
  [signed, 8, [-128, 127, -128n, 127n], [-129, 128, 0.5, 128n, -129n]],
  [unsigned, 1, [0, 1], [2]],
  [signed, 1, [-1, 0], [1]],
  [unsigned, 32, [2 ** 32 - 1], [2 ** 32 + 5]],
  [unsigned, 64, [2n ** 64n - 1n], [2n ** 64n, -1n]],
  [signed, 128, [-(2n ** 127n)], [2n ** 127n]],
] as const)("%o of %i bits takes what fits, and nothing else", (fit, bits, good, bad) => {
  for (const value of good) expect(fit(value, bits, "pid")).toBe(value);
  for (const value of bad) expect(() => fit(value, bits, "pid")).toThrow(expect.objectContaining({ code: "out-of-range" }));
});

test("the error names the field and what it holds", () => {
  expect(() => unsigned(-1, 4, "kind")).toThrow("-1 does not fit in kind, which holds integers from 0 to 15");
  expect(() => signed(8n, 4)).toThrow("8 does not fit in its place, which holds integers from -8 to 7");
});
