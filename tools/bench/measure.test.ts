import { expect, test } from "vitest";
import { median, table } from "./measure.ts";

test.each([
  [[3, 1, 2], 2],
  [[4, 1, 2, 3], 2.5],
])("the median of %j is %d", (values, middle) => expect(median(values)).toBe(middle));

test("the table tells each tool's time against one of them, and who failed", () => {
  const rows = [
    { name: "lbc", first: 300, median: 100, megabytes: 90, exitCode: 0 },
    { name: "peer", first: 410, median: 400, megabytes: 20, exitCode: 1 },
  ];
  expect(table(rows, "peer").split("\n")).toEqual([
    "      first ms  median ms  / peer  MB",
    "lbc        300        100    0.25  90",
    "peer       410        400    1.00  20  exit 1",
  ]);
});
