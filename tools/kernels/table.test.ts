import { expect, test } from "vitest";
import type { Language } from "./report.ts";
import { details, type Outcome, resultTable } from "./table.ts";

const passed: Outcome = { exitCode: 0, report: null };
const outcomes = (all: Readonly<Partial<Record<Language, Outcome>>>) => new Map(Object.entries(all) as [Language, Outcome][]);

test("each kernel has a row, and what did not pass stands out, also where the guest ended before it ran", () => {
  const results = [
    { release: "5.10.0-32-cloud-amd64", outcomes: outcomes({ c: passed, go: passed }), exitCode: 0, seconds: 101.4 },
    {
      release: "6.1.0-56-cloud-amd64",
      outcomes: outcomes({ c: passed, go: { exitCode: null, report: null } }),
      exitCode: null,
      seconds: 900,
    },
  ];
  expect(resultTable(results)).toBe(
    [
      "kernel                 c       go      exit code  seconds",
      "5.10.0-32-cloud-amd64  passed  passed  0          101",
      "6.1.0-56-cloud-amd64   passed  FAILED  none       900",
    ].join("\n"),
  );
});

test("a command of the user's has its exit code alone", () => {
  const results = [{ release: "6.12", outcomes: outcomes({}), exitCode: 3, seconds: 9.7 }];
  expect(resultTable(results)).toBe("kernel  exit code  seconds\n6.12    3          10");
});

test("of whole suites the table has numbers, and what failed and why tests were skipped is listed", () => {
  const c = { exitCode: 0, report: { passed: 12, failed: [], skipped: ["needs 6.6", "needs 6.6", "needs 6.9"] } };
  const go = { exitCode: 2, report: { passed: 3, failed: ["TestA"], skipped: [] } };
  const results = [{ release: "6.1", outcomes: outcomes({ c, go }), exitCode: 1, seconds: 60 }];
  expect(resultTable(results)).toBe(
    [
      "kernel  c                     go                  exit code  seconds",
      "6.1     12 passed, 3 skipped  FAILED 1, 3 passed  1          60",
    ].join("\n"),
  );
  expect(details(results)).toBe(["6.1, c", "  skipped 2: needs 6.6", "  skipped 1: needs 6.9", "6.1, go", "  FAILED TestA"].join("\n"));
});
