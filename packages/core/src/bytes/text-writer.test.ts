import { expect, test } from "vitest";
import { decodeUtf8, TextWriter } from "./index.ts";

const writer = (): TextWriter => new TextWriter(() => new Error("too long"));
const textOf = (written: TextWriter): string => decodeUtf8(written.take());

test.each([0, 7, 9, 10, 99, 100, 4_294_967_295, -1, -2_147_483_648, 2 ** 40])("%d is written in decimal", (value) => {
  expect(textOf(writer().integer(value))).toBe(String(value));
});

test("a name ends at its zero byte, or with the bytes", () => {
  const names = new TextEncoder().encode("\0one\0größe");
  expect(textOf(writer().zeroTerminated(names, 1).ascii(" ").zeroTerminated(names, 5).zeroTerminated(names, 0))).toBe("one größe");
});

test("tabs are as many as are wanted", () => {
  expect(textOf(writer().tabs(0).ascii("a").tabs(300))).toBe(`a${"\t".repeat(300)}`);
});

test("the buffer grows with what is written", () => {
  const written = writer();
  const name = new TextEncoder().encode(`${"n".repeat(99)}\0`);
  for (let count = 0; count < 2_000; count++) written.ascii("ab").zeroTerminated(name, 0).integer(123);
  expect(written.length).toBe(2_000 * 104);
  expect(textOf(written)).toBe(`ab${"n".repeat(99)}123`.repeat(2_000));
});
