import { expect, test } from "vitest";
import { type EnumForm, enumForm } from "./enum-form.ts";

test.each<[EnumForm, number, "signed" | "unsigned", number | bigint, number | bigint]>([
  ["plain", 4, "unsigned", 0, 0xffffffff],
  ["plain", 4, "signed", -1, 0x7fffffff],
  ["plain", 8, "unsigned", 0n, 1n << 63n],
  ["plain", 8, "unsigned", 0n, 1n << 32n],
  ["plain", 8, "signed", -1n, 0x80000000n],
  ["plain", 8, "signed", -(1n << 63n), 0n],
  ["packed", 1, "unsigned", 0, 255],
  ["packed", 1, "signed", -128, 127],
  ["packed", 2, "unsigned", 0, 256],
  ["packed", 2, "signed", -1, 128],
  ["packed", 2, "signed", -129, 0],
  // the values alone would make another size
  ["fixed", 2, "unsigned", 0, 255],
  ["fixed", 2, "signed", -1, 127],
  ["fixed", 8, "unsigned", 0n, 0xffffffffn],
  ["fixed", 8, "signed", -1n, 1n],
  // the values alone would make another sign
  ["fixed", 1, "signed", 0, 1],
  ["fixed", 4, "signed", 0, 1],
  ["fixed", 8, "signed", 0n, 1n << 40n],
])("%s is an enum of %i bytes, %s, with values from %i to %i", (form, size, sign, least, greatest) => {
  expect(enumForm(size, sign === "signed", least, greatest)).toBe(form);
});
