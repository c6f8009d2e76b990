import { expect, test } from "vitest";
import { ByteReader } from "./reader.ts";
import { ByteWriter } from "./writer.ts";

test.each(["little", "big"] as const)("a number of any width that makes the buffer grow is written whole, %s endian", (endianness) => {
  const write = { 1: (w: ByteWriter) => w.u8(0x81), 2: (w: ByteWriter) => w.u16(0x8182), 4: (w: ByteWriter) => w.u32(0x81828384) };
  for (const [width, one] of Object.entries(write)) {
    const writer = new ByteWriter(endianness);
    for (let count = 0; count < 1000; count++) one(writer);
    const reader = new ByteReader(writer.finish(), endianness);
    expect(reader.length).toBe(1000 * Number(width));
    const last = reader.length - Number(width);
    expect(width === "1" ? reader.u8(last) : width === "2" ? reader.u16(last) : reader.u32(last)).toBeGreaterThan(0x80);
  }
  const words = Array.from({ length: 1000 }, (_, index) => 0xffff_fff0 - index);
  const many = new ByteReader(new ByteWriter(endianness).u8(1).words(words).finish(), endianness);
  expect(words.map((_, index) => many.u32(1 + 4 * index))).toEqual(words);
  const wide = new ByteWriter(endianness);
  for (let count = 0n; count < 100n; count++) wide.u64(count);
  expect(new ByteReader(wide.finish(), endianness).u64(792)).toBe(99n);
});
