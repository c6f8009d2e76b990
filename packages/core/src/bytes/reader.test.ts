import { describe, expect, test } from "vitest";
import { LbcError } from "../errors.ts";
import { ByteReader, BytesError, ByteWriter } from "./index.ts";

describe.each(["little", "big"] as const)("%s-endian numbers", (endianness) => {
  const writer = new ByteWriter(endianness)
    .u8(0xfe)
    .u16(0xfffe)
    .u32(0xfffffffe)
    .u64(0xfffffffffffffffen)
    .u64(2n ** 53n - 1n);
  const reader = new ByteReader(writer.finish(), endianness);

  test("are read as they were written, signed and unsigned", () => {
    expect([reader.u8(0), reader.u16(1), reader.i16(1), reader.u32(3), reader.i32(3)]).toEqual([0xfe, 0xfffe, -2, 0xfffffffe, -2]);
    expect(reader.u64(7)).toBe(2n ** 64n - 2n);
    expect(reader.extent(15)).toBe(Number.MAX_SAFE_INTEGER);
  });

  test("that no size can have are refused", () => {
    expect(() => reader.extent(7)).toThrow(BytesError);
  });

  test.each([
    ["after the end", 23, 1],
    ["over the end", 20, 4],
    ["before the start", -1, 1],
    ["at no number", Number.NaN, 1],
    ["of a negative size", 0, -1],
    ["of a size beyond all numbers", 0, Number.POSITIVE_INFINITY],
  ])("a read %s throws", (_where, offset, size) => {
    expect(() => reader.slice(offset, size)).toThrow(BytesError);
  });
});

test("a format reports a read past the end in its own words", () => {
  class OwnError extends LbcError<"cut"> {}
  const reader = new ByteReader(new Uint8Array(4), "little", (offset) => new OwnError("cut", { offset }));
  expect(() => reader.u32(1)).toThrow(OwnError);
});

test("a slice is a view of the same bytes", () => {
  const bytes = new Uint8Array([1, 2, 3, 4]);
  const slice = new ByteReader(bytes.subarray(1), "little").slice(1, 2);
  bytes[2] = 9;
  expect([...slice]).toEqual([9, 4]);
});

test("alignment is filled with zeros", () => {
  expect([...new ByteWriter("little").u8(1).align(4).u8(2).align(1).finish()]).toEqual([1, 0, 0, 0, 2]);
});
