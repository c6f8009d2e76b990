import { expect, test } from "vitest";
import { failureLines } from "./failures.ts";

test("lines that tell a failure are found in the words of every test runner", () => {
  const told = [
    " FAIL  packages/core/src/elf.test.ts > reads a header",
    "--- FAIL: TestOverload (5.01s)",
    "test ring::overload ... FAILED",
    "thread 'main' panicked at src/lib.rs:3",
    "FAILED tests/test_ring.py::test_overload - assert 3 == 4",
    "not ok 3 a_ring_is_drained",
    "Node crashed in try 1",
    "  ✖  nx run golbc:test",
    "- @lbc/pylbc:lint",
  ];
  const rest = [
    "ok 1 fails_when_it_should",
    "12 passed, 0 failed",
    "test a_failure_is_told ... ok",
    "skipped errors: no kernel",
    "compiling",
  ];
  expect(failureLines([...rest, ...told, ...rest].join("\n"))).toEqual(told);
});

test("colours go, long lines are cut, what is said twice comes once and the last lines win", () => {
  const output = ["\u001b[31merror: one\u001b[0m", "error: one", `error: ${"x".repeat(300)}`, "error: three"].join("\n");
  expect(failureLines(output, 2, 20)).toEqual([`error: ${"x".repeat(13)}`, "error: three"]);
});

test("the end of an output that tells nothing is shown as it is", () => {
  expect(failureLines("a\n\nb\nc\n", 2)).toEqual(["b", "c"]);
});
