import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { measureInTurn, median, table } from "./measure.ts";

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

test("commands run in turn, each once and then as often as is asked for; one failure counts", async () => {
  const folder = await mkdtemp(join(tmpdir(), "lbc-measure-"));
  const log = join(folder, "log");
  const writing = (word: string, then: string) => ({ name: word, argv: ["sh", "-c", `echo ${word} >> ${log}; ${then}`] });
  const rows = await measureInTurn([writing("a", "true"), writing("b", `test $(grep -c b ${log}) != 2`)], 2);
  expect(rows.map(({ name, exitCode }) => [name, exitCode])).toEqual([
    ["a", 0],
    ["b", 1],
  ]);
  expect(await readFile(log, "utf8")).toBe("a\nb\n".repeat(3));
  expect(Math.min(...rows.flatMap(({ first, median: middle, megabytes }) => [first, middle, megabytes]))).toBeGreaterThan(0);
  await rm(folder, { recursive: true });
});
