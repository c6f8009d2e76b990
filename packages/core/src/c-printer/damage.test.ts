import fc from "fast-check";
import { expect, test } from "vitest";
import { BtfError, type NewBtfType, printRaw, readBtf, writeBtf } from "../btf/index.ts";
import { printCBytes } from "./index.ts";

const seed = 20_260_402;
const member = (name: string, type: number, bitOffset: number, bitSize = 0) => ({ name, type, bitOffset, bitSize });

/** A type of each kind that the printer treats in a way of its own; ids begin at 1. */
const types: readonly NewBtfType[] = [
  { kind: "int", name: "int", size: 4, signed: true, char: false, bool: false, bits: 32, bitOffset: 0 },
  { kind: "pointer", name: "", type: 4 },
  { kind: "array", name: "", element: 1, index: 1, length: 4 },
  { kind: "struct", name: "s", size: 32, members: [member("a", 2, 0), member("b", 3, 64), member("c", 5, 192), member("d", 7, 224)] },
  { kind: "union", name: "", size: 4, members: [member("e", 1, 0, 7), member("f", 1, 0)] },
  { kind: "struct", name: "t", size: 40, members: [member("", 5, 0), member("s", 4, 64)] },
  { kind: "enum", name: "", wide: false, size: 4, signed: true, values: [{ name: "A", value: -1n }] },
  { kind: "forward", name: "t", of: "struct" },
  { kind: "pointer", name: "", type: 8 },
  { kind: "function-prototype", name: "", result: 9, parameters: [{ name: "x", type: 2 }] },
  { kind: "pointer", name: "", type: 10 },
  { kind: "typedef", name: "callback", type: 11 },
  { kind: "type-tag", name: "user", type: 12, attribute: false },
  { kind: "const", name: "", type: 13 },
  { kind: "typedef", name: "A", type: 14 },
  { kind: "float", name: "long double", size: 12 },
  { kind: "typedef", name: "wide", type: 16 },
  { kind: "function", name: "f", type: 10, linkage: "global" },
  { kind: "variable", name: "v", type: 4, linkage: "global" },
  { kind: "data-section", name: ".bss", size: 32, variables: [{ type: 19, offset: 0, size: 32 }] },
  { kind: "decl-tag", name: "tag", type: 4, component: 0, attribute: false },
];
const whole = writeBtf(types);

test("whatever bytes of a BTF are damaged, printing it ends in text or in a BtfError", () => {
  const damage = fc.tuple(fc.nat({ max: whole.length - 1 }), fc.nat({ max: 255 }));
  const endsWell = (damages: readonly (readonly [number, number])[]): void => {
    const bytes = whole.slice();
    for (const [offset, byte] of damages) bytes[offset] = byte;
    for (const print of [printCBytes, printRaw]) {
      try {
        expect(print(readBtf(bytes))).toBeInstanceOf(Uint8Array);
      } catch (error) {
        expect(error).toBeInstanceOf(BtfError);
      }
    }
  };
  fc.assert(fc.property(fc.array(damage, { minLength: 1, maxLength: 4 }), endsWell), { seed, numRuns: 3_000 });
});
