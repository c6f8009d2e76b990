import { describe, expect, test } from "vitest";
import { decodeInstructions, InsnError, isHelperCall, isLoad64 } from "./index.ts";

/** `r1 = 0x123456789abcdef0 ll; r0 = *(u32 *)(r6 - 8); call 14; call +2; exit`, as llvm-mc-19 assembles it for either byte order. */
const little = "18010000f0debc9a 0000000078563412 6160f8ff00000000 850000000e000000 8510000002000000 9500000000000000";
const big = "181000009abcdef0 0000000012345678 6106fff800000000 850000000000000e 8501000000000002 9500000000000000";

function bytesOf(hex: string): Uint8Array {
  const digits = hex.replaceAll(" ", "");
  return Uint8Array.from({ length: digits.length / 2 }, (_, index) => Number.parseInt(digits.slice(index * 2, index * 2 + 2), 16));
}

describe.each([
  ["little", little],
  ["big", big],
] as const)("%s-endian code", (endianness, hex) => {
  const code = bytesOf(hex);
  const instructions = decodeInstructions(code, endianness);

  test("is decoded with registers, offsets and constants", () => {
    expect(
      instructions.map(({ position, opcode, destination, source, offset }) => [position, opcode, destination, source, offset]),
    ).toEqual([
      [0, 0x18, 1, 0, 0],
      [16, 0x61, 0, 6, -8],
      [24, 0x85, 0, 0, 0],
      [32, 0x85, 0, 1, 0],
      [40, 0x95, 0, 0, 0],
    ]);
    expect(instructions[0]).toMatchObject({ immediate: 0x9abcdef0 | 0, upperImmediate: 0x12345678 });
    expect(instructions[2]?.immediate).toBe(14);
  });

  test("tells loads of constants and calls of helpers from the rest", () => {
    expect(instructions.map(isLoad64)).toEqual([true, false, false, false, false]);
    expect(instructions.map(isHelperCall)).toEqual([false, false, true, false, false]);
  });
});

test.each([
  ["odd-size", new Uint8Array(12)],
  ["half-instruction", bytesOf("1801000000000000")],
] as const)("code that ends in the middle is refused: %s", (code, bytes) => {
  expect(() => decodeInstructions(bytes, "little")).toThrow(expect.objectContaining({ code }));
  expect(() => decodeInstructions(bytes, "little")).toThrow(InsnError);
});
