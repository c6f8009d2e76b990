import { describe, expect, test } from "vitest";
import { histogramRows, histogramText } from "./index.ts";

describe("rows", () => {
  test("slot n of a log2 histogram begins at 2^n, slot 0 holds zero and one", () => {
    expect(histogramRows([1, 0, 2n], "log2")).toEqual([
      { from: 0n, to: 1n, count: 1n },
      { from: 2n, to: 3n, count: 0n },
      { from: 4n, to: 7n, count: 2n },
    ]);
  });

  test("slot n of a log10 histogram begins at 10^n, slot 0 holds what is below 10", () => {
    expect(histogramRows([1, 1], "log10").map(({ from, to }) => [from, to])).toEqual([
      [0n, 9n],
      [10n, 99n],
    ]);
  });

  test("a linear slot is one value", () => {
    expect(histogramRows([0, 5], "linear")[1]).toEqual({ from: 1n, to: 1n, count: 5n });
  });

  test.each(["log2", "log10"] as const)("the last slot of a %s histogram ends with the largest 64-bit number", (kind) => {
    const slots = new Array<number>(kind === "log2" ? 64 : 20).fill(1);
    expect(histogramRows(slots, kind).at(-1)?.to).toBe(0xffff_ffff_ffff_ffffn);
  });

  test("empty slots at the end are left out, and nothing is left of an empty histogram", () => {
    expect(histogramRows([0, 1, 0, 0], "log2")).toHaveLength(2);
    expect(histogramRows([0, 0], "log2")).toEqual([]);
  });
});

describe("text", () => {
  // parity: helpers.histogram
  test("is what BCC prints for powers of two", () => {
    expect(histogramText([2, 4, 0, 1], "log2", { unit: "usecs" }).split("\n")).toEqual([
      "     usecs               : count     distribution",
      "         0 -> 1          : 2        |********************                    |",
      "         2 -> 3          : 4        |****************************************|",
      "         4 -> 7          : 0        |                                        |",
      "         8 -> 15         : 1        |**********                              |",
    ]);
  });

  test("has one value a line where the slots are linear", () => {
    expect(histogramText([1, 2], "linear", { unit: "CPU", width: 4 }).split("\n")).toEqual([
      "     CPU   : count     distribution",
      "         0 : 1        |**  |",
      "         1 : 2        |****|",
    ]);
  });

  test("makes room for values and counts of 64 bits, whose bars are shorter", () => {
    const counts = [...new Array<number>(39).fill(0), 0xffff_ffff_ffff_ffffn];
    const lines = histogramText(counts, "log2").split("\n");
    expect(new Set(lines.slice(1).map((line) => line.length)).size).toBe(1);
    expect(lines.at(-1)).toBe(`        549755813888 -> 1099511627775        : 18446744073709551615 |${"*".repeat(20)}|`);
    expect(lines[0]?.indexOf(":")).toBe(lines[1]?.indexOf(":"));
  });

  test("of nothing is nothing", () => {
    expect(histogramText(new BigUint64Array(64), "log2")).toBe("");
  });
});
