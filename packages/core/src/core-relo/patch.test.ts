import { expect, test } from "vitest";
import { patchInstruction } from "./patch.ts";
import type { Resolution } from "./resolve.ts";

const hex = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(text.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
const text = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
const resolution = (original: bigint, value: bigint, more: Partial<Resolution> = {}): Resolution => ({
  original,
  value,
  validate: true,
  poison: false,
  resize: null,
  ...more,
});

test.each([
  ["r1 += 8 becomes r1 += 16", "0701000008000000", resolution(8n, 16n), "0701000010000000"],
  ["w1 = 1 becomes w1 = 0", "b401000001000000", resolution(1n, 0n), "b401000000000000"],
  ["r1 = -1 takes an enumerator that is negative", "b7010000ffffffff", resolution(-1n, -2n), "b7010000feffffff"],
  ["a load's offset moves", "7911080000000000", resolution(8n, 0x120n), "7911200100000000"],
  ["a store's offset moves", "6311040000000000", resolution(4n, 12n), "63110c0000000000"],
  ["a store of a constant moves", "6201040005000000", resolution(4n, 12n), "62010c0005000000"],
  [
    "an 8-byte load becomes one of 4 bytes",
    "7911080000000000",
    resolution(8n, 4n, { resize: { from: 8, to: 4, safe: true } }),
    "6111040000000000",
  ],
  [
    "a 2-byte load becomes one of 1 byte",
    "6911080000000000",
    resolution(8n, 4n, { resize: { from: 2, to: 1, safe: true } }),
    "7111040000000000",
  ],
  [
    "a load of a signed field of another size is poisoned",
    "7911080000000000",
    resolution(8n, 4n, { resize: { from: 8, to: 4, safe: false } }),
    "850000001023ad0b",
  ],
  [
    "a 64-bit constant is replaced in both slots",
    "18010000010000000000000002000000",
    resolution(0x2_0000_0001n, -2n),
    "18010000feffffff00000000ffffffff",
  ],
  ["poison takes the place of an instruction", "b701000001000000", resolution(1n, 0n, { poison: true }), "850000001023ad0b"],
  [
    "poison takes the place of both slots of a 64-bit constant",
    "18010000010000000000000000000000",
    resolution(1n, 0n, { poison: true }),
    "850000001023ad0b850000001023ad0b",
  ],
  ["what is not validated may hold anything", "0701000063000000", resolution(8n, 16n, { validate: false }), "0701000010000000"],
])("%s", (_, before, change, after) => {
  const code = hex(before);
  patchInstruction(code, 0, change, "little");
  expect(text(code)).toBe(after);
});

test("numbers of a big-endian program are patched in its own byte order", () => {
  const code = hex("7911000800000000");
  patchInstruction(code, 0, resolution(8n, 0x120n), "big");
  expect(text(code)).toBe("7911012000000000");
});

test("an instruction in the middle is patched, its neighbours stay", () => {
  const code = hex("b7010000010000000701000008000000b702000002000000");
  patchInstruction(code, 8, resolution(8n, 16n), "little");
  expect(text(code)).toBe("b7010000010000000701000010000000b702000002000000");
});

test.each([
  ["an addition that holds another number", "0701000009000000", resolution(8n, 16n), "unexpected-instruction"],
  ["a load that holds another offset", "7911090000000000", resolution(8n, 16n), "unexpected-instruction"],
  ["a 64-bit constant that holds another number", "18010000010000000000000000000000", resolution(2n, 3n), "unexpected-instruction"],
  ["an addition of a register", "0f21000000000000", resolution(0n, 1n), "unexpected-instruction"],
  ["a jump", "0500010000000000", resolution(0n, 1n), "unexpected-instruction"],
  ["a load of a map", "18110000010000000000000000000000", resolution(1n, 2n), "unexpected-instruction"],
  ["an offset past 32767", "7911080000000000", resolution(8n, 0x8000n), "offset-out-of-range"],
  ["a size that no load has", "7911080000000000", resolution(8n, 4n, { resize: { from: 8, to: 3, safe: true } }), "unexpected-instruction"],
  [
    "a load that is not as wide as its field",
    "6111080000000000",
    resolution(8n, 4n, { resize: { from: 8, to: 4, safe: true } }),
    "unexpected-instruction",
  ],
])("%s is refused", (_, before, change, code) => {
  expect(() => patchInstruction(hex(before), 0, change, "little")).toThrow(expect.objectContaining({ code }));
});

test.each([-8, 4, 8])("offset %i of a program of one instruction is refused", (offset) => {
  expect(() => patchInstruction(hex("b701000001000000"), offset, resolution(1n, 0n), "little")).toThrow(
    expect.objectContaining({ code: "unexpected-instruction" }),
  );
});
