import type { Bits, IntRef } from "@lbc/core/layout";
import { beforeAll, describe, expect, test } from "vitest";
import { readBitsExpression, writeBitsExpression } from "./bit-fields.ts";
import { goldenLayout } from "./load-module.test.support.ts";
import { nameModule } from "./names.ts";
import type { Scope } from "./scope.ts";
import type { Place } from "./values.ts";

let scope: Scope;
beforeAll(async () => {
  const layout = await goldenLayout("execsnoop");
  scope = { layout, names: nameModule(layout), exactNumbers: false, scalars: new Set(), codecs: new Map(), use: (name) => name };
});

const place: Place = { view: "view", offset: "offset", live: false, depth: 0, field: "b" };
const u32: IntRef = { kind: "int", bytes: 4, signed: false, role: "number" };

function bits(bytes: number, shift: number, bitSize: number, signed = false, type: IntRef = u32): Bits {
  return { kind: "bits", name: "b", bitOffset: shift, bitSize, signed, type, unit: { offset: 0, bytes }, shift, doc: null };
}

const bool: IntRef = { kind: "int", bytes: 1, signed: false, role: "bool" };

describe("reading a bit-field", () => {
  test.each([
    [bits(1, 0, 3), "view.getUint8(offset) & 0x7"],
    [bits(1, 2, 3), "(view.getUint8(offset) >>> 2) & 0x7"],
    [bits(1, 5, 3), "view.getUint8(offset) >>> 5"],
    [bits(2, 3, 13), "view.getUint16(offset, true) >>> 3"],
    [bits(4, 0, 32), "view.getUint32(offset, true)"],
    [bits(1, 3, 5, true), "(view.getUint8(offset) << 24) >> 27"],
    [bits(1, 7, 1, false, bool), "view.getUint8(offset) >>> 7 !== 0"],
    [bits(1, 4, 1, false, bool), "((view.getUint8(offset) >>> 4) & 0x1) !== 0"],
    [bits(3, 0, 20), "Number(readBits(view, offset, { bytes: 3, shift: 0, bits: 20 }, false, true))"],
    [bits(8, 0, 40), "readBits(view, offset, { bytes: 8, shift: 0, bits: 40 }, false, true)"],
  ])("%o", (field, expression) => {
    expect(readBitsExpression(scope, field, place)).toBe(expression);
  });
});

describe("writing a bit-field", () => {
  test.each([
    [bits(1, 0, 3), 'view.setUint8(offset, (view.getUint8(offset) & ~0x7) | (unsigned(value, 3, "b") & 0x7))'],
    [bits(2, 3, 5), 'view.setUint16(offset, (view.getUint16(offset, true) & ~0xf8) | ((unsigned(value, 5, "b") << 3) & 0xf8), true)'],
    [bits(4, 0, 32), 'view.setUint32(offset, unsigned(value, 32, "b"), true)'],
    [bits(1, 7, 1, false, bool), "view.setUint8(offset, (view.getUint8(offset) & ~0x80) | (((value ? 1 : 0) << 7) & 0x80))"],
    [bits(8, 0, 40), 'writeBits(unsigned(value, 40, "b"), view, offset, { bytes: 8, shift: 0, bits: 40 }, true)'],
    [bits(3, 4, 20), 'writeBits(BigInt(unsigned(value, 20, "b")), view, offset, { bytes: 3, shift: 4, bits: 20 }, true)'],
  ])("%o", (field, expression) => {
    expect(writeBitsExpression(scope, field, "value", place)).toBe(expression);
  });
});
