import { expect, test } from "vitest";
import { missingFrom } from "./permission.ts";

const status = (mask: bigint): string => `Name:\tnode\nCapEff:\t${mask.toString(16).padStart(16, "0")}\nSeccomp:\t0\n`;

test.each([
  ["root", 0x1ffffffffffn, true],
  ["CAP_SYS_ADMIN alone", 1n << 21n, true],
  ["CAP_BPF and CAP_PERFMON", (1n << 38n) | (1n << 39n), true],
  ["CAP_BPF alone", 1n << 39n, false],
  ["nobody", 0n, false],
])("with the capabilities of %s loading is permitted: %d %s", (_, mask, permitted) => {
  expect(missingFrom(status(mask)) === null).toBe(permitted);
});
