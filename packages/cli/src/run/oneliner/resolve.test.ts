import { expect, test } from "vitest";
import type { ProbeSource } from "./kernel-probes.ts";
import { resolveHook } from "./resolve.ts";

/** A kernel with so many functions. */
const kernelOf = (count: number): ProbeSource => ({
  functions: () => Array.from({ length: count }, (_, index) => `vfs_${index}`),
  tracepoints: () => [],
  format: () => "",
  types: () => {
    throw new RangeError("kprobes need no types");
  },
});
const written = { text: "kprobe:vfs_*", line: 3, column: 1 };

test("a pattern stands for all that it matches, hundreds too", () => {
  const names = resolveHook(written, kernelOf(512)).map(({ name }) => name);
  expect(new Set(names).size).toBe(512);
  expect(names).toContain("kprobe:vfs_81");
});

test("a pattern that matches more is refused at its line", () => {
  expect(() => resolveHook(written, kernelOf(513))).toThrow(
    expect.objectContaining({ code: "bad-hook", message: "513 probes match kprobe:vfs_*", place: expect.objectContaining({ line: 3 }) }),
  );
});
