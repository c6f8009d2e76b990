import { describe, expect, test } from "vitest";
import { encodeUtf8, StringTable } from "./index.ts";

const ascii = new StringTable(encodeUtf8("\0int\0task_struct\0"));
const wide = new StringTable(encodeUtf8("\0größe\0int\0"));

describe("a string table", () => {
  test.each([
    [ascii, 0, ""],
    [ascii, 1, "int"],
    [ascii, 2, "nt"],
    [ascii, 5, "task_struct"],
    [wide, 1, "größe"],
    [wide, 9, "int"],
  ])("%# has a string at an offset", (table, offset, text) => expect(table.at(offset)).toBe(text));

  test.each([-1, 17, 1000, Number.NaN])("has none at offset %d", (offset) => expect(ascii.at(offset)).toBeUndefined());

  test("has none where no zero byte follows", () => expect(new StringTable(encodeUtf8("\0int")).at(1)).toBeUndefined());

  test("knows where a string begins", () => {
    expect([0, 1, 2, 5].map((offset) => ascii.isStart(offset))).toEqual([true, true, false, true]);
  });

  test("makes nothing of bytes that are no UTF-8", () => {
    expect(new StringTable(new Uint8Array([0x61, 0xff, 0x62, 0])).at(0)).toBe("a\ufffdb");
  });

  test("of a kernel's size gives the same strings however many were asked for", () => {
    const names = Array.from({ length: 10_000 }, (_, index) => `field_${index}`);
    const table = new StringTable(encodeUtf8(names.map((name) => `${name}\0`).join("")));
    let offset = 0;
    for (const name of names) {
      expect(table.at(offset)).toBe(name);
      offset += name.length + 1;
    }
  });

  test("finds a very long string a hundred thousand times at once", () => {
    const table = new StringTable(new Uint8Array([...new Uint8Array(1 << 20).fill(0x61), 0]));
    const start = performance.now();
    let found = 0;
    for (let count = 0; count < 100_000; count++) if (table.at(0)?.length === 1 << 20) found++;
    expect(found).toBe(100_000);
    expect(performance.now() - start).toBeLessThan(2000);
  });
});
