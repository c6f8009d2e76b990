import { expect, test } from "vitest";
import { resultTable } from "./table.ts";

test("each kernel has a row, and what did not pass stands out, also where the guest ended before it ran", () => {
  const results = [
    { release: "5.10.0-32-cloud-amd64", passed: ["c", "go"], exitCode: 0, seconds: 101.4 },
    { release: "6.1.0-56-cloud-amd64", passed: ["c"], exitCode: null, seconds: 900 },
  ];
  expect(resultTable(results, ["c", "go"])).toBe(
    [
      "kernel                 c       go      exit code  seconds",
      "5.10.0-32-cloud-amd64  passed  passed  0          101",
      "6.1.0-56-cloud-amd64   passed  FAILED  none       900",
    ].join("\n"),
  );
});

test("a command of the user's has its exit code alone", () => {
  const results = [{ release: "6.12", passed: null, exitCode: 3, seconds: 9.7 }];
  expect(resultTable(results, ["c", "go"])).toBe("kernel  exit code  seconds\n6.12    3          10");
});
