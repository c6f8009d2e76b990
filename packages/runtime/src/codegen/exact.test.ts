import { expect, test } from "vitest";
import { exactBigInt, exactNumber } from "./exact.ts";

test.each([0n, 1n, -1n, 2n ** 53n - 1n, 1n - 2n ** 53n])("%s is a number, and back", (value) => {
  expect(exactBigInt(exactNumber(value))).toBe(value);
});

test.each([2n ** 53n, 2n ** 64n - 1n, -(2n ** 63n)])("%s is no exact number, and the error says so", (value) => {
  expect(() => exactNumber(value)).toThrow(expect.objectContaining({ code: "not-exact" }));
  expect(() => exactNumber(value)).toThrow(`${value} is no integer from`);
});

test.each([0.5, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY])("%d is no exact integer", (value) => {
  expect(() => exactBigInt(value)).toThrow(expect.objectContaining({ code: "not-exact" }));
});
