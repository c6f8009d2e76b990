import { expect, test } from "vitest";
import { readText, writeText } from "./index.ts";

const viewOf = (...bytes: number[]): DataView => new DataView(Uint8Array.from(bytes).buffer);

// parity: helpers.text
test("text ends at the first zero byte, or with its array", () => {
  expect(readText(viewOf(0x6c, 0x73, 0, 0x78), 0, 4)).toBe("ls");
  expect(readText(viewOf(0x6c, 0x73), 0, 2)).toBe("ls");
  expect(readText(viewOf(0xc3, 0xbc, 0, 0xff), 0, 4)).toBe("ü");
  expect(readText(viewOf(0xff), 0, 1)).toBe("\ufffd");
});

test("text that is written is filled up with zero bytes, and refused where it does not fit", () => {
  const view = viewOf(1, 1, 1, 1);
  writeText("ü", view, 0, 4);
  expect([...new Uint8Array(view.buffer)]).toEqual([0xc3, 0xbc, 0, 0]);
  expect(() => writeText("longer", view, 0, 4)).toThrow("6 bytes of text do not fit in 4");
});
