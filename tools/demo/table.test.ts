import { expect, test } from "vitest";
import { differences, parseOutput, renderTable } from "./table.ts";

const executions = [
  { pid: 7, uid: 0, argv: "echo hello" },
  { pid: 8, uid: 65534, argv: "true" },
];
const output = "123\t7\t1\t0\techo\techo hello\n124\t8\t1\t65534\ttrue\ttrue\ncount\t0\t1\ncount\t65534\t1\ntotal\t2\n";

test("a program that reported exactly what ran has no differences", () => {
  expect(differences(executions, parseOutput("go", output, null))).toEqual([]);
});

test.each([
  ["an event that is missing", output.replace(/^123.*\n/, ""), 'pid 7 "echo hello": not reported'],
  ["a wrong argument", output.replace("echo hello", "echo hullo"), 'pid 7 "echo hello": reported as "echo hullo", uid 0'],
  ["a wrong count", output.replace("count\t0\t1", "count\t0\t2"), "uid 0: counted 2, executed 1"],
  ["a missing total", output.replace("total\t2\n", ""), "total NaN, executed 2"],
  ["an event too many", `${output}125\t9\t1\t0\tx\tx\n`, "3 events for 2 executions"],
])("%s is a difference", (_, changed, difference) => {
  expect(differences(executions, parseOutput("go", changed, null))).toContain(difference);
});

test("a program that failed differs, whatever it printed", () => {
  expect(differences(executions, parseOutput("c", output, "ended with 1"))).toEqual(["ended with 1"]);
});

test("the table has a row for each execution and a column for each language", () => {
  const table = renderTable(executions, [parseOutput("go", output, null), parseOutput("rust", "", null)]);
  expect(table.split("\n")).toEqual([
    "PID  UID    ARGV                   go    rust",
    "7    0      echo hello             same  -",
    "8    65534  true                   same  -",
    "     0      executions counted: 1  1     -",
    "     65534  executions counted: 1  1     -",
    "            in all: 2              2     NaN",
  ]);
});
