import { BuildError } from "@lbc/build";
import { RuntimeError } from "@lbc/runtime";
import { expect, test } from "vitest";
import { reportError } from "./report.ts";

function reported(error: unknown, json = false) {
  let [out, err] = ["", ""];
  const stdout = { write: (text: string | Uint8Array) => (out += text) };
  const stderr = { write: (text: string | Uint8Array) => (err += text) };
  const code = reportError(error, { stdout, stderr, env: {} }, json);
  return { code, out, err };
}

test.each([
  [new RuntimeError("no-permission"), 1],
  [new RuntimeError("no-kernel-btf"), 1],
  [new RuntimeError("unsupported"), 1],
  [new BuildError("vmlinux-unavailable"), 1],
  [new BuildError("clang-not-found"), 1],
  [new BuildError("cannot-write"), 1],
  [new RuntimeError("verifier-refused"), 2],
  [new BuildError("compile-failed"), 2],
  [new Error("unexpected"), 1],
])("%o ends the command with %i: the machine's faults with 1, the input's with 2", (error, code) => {
  expect(reported(error).code).toBe(code);
});

test("an error that is none of lbc's own is told as a bug, with where it happened", () => {
  expect(reported(new Error("unexpected")).err).toMatch(/^lbc: this is a bug in lbc: Error: unexpected\n {4}at /);
});

test("with --json there is one document, and the words on standard error", () => {
  const { out, err } = reported(new BuildError("cannot-write", { file: "a.o", message: "cannot write", hint: "make room" }), true);
  expect(JSON.parse(out)).toEqual({ error: { code: "cannot-write", message: "cannot write", file: "a.o", hint: "make room" } });
  expect(err).toBe("lbc: a.o: cannot write [cannot-write]\n  hint: make room\n");
});
