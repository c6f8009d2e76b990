import { expect, test } from "vitest";
import { targets } from "./btf.ts";

test("each target is met or missed by the rows of one run", () => {
  const printers = [
    { name: "bpftool", median: 160, exitCode: 0 },
    { name: "lbc vmlinux", median: 100, exitCode: 0 },
    { name: "lbc vmlinux --btf (prints each time)", median: 190.4, exitCode: 0 },
  ];
  const readers = [
    { name: "lbc", index: 6, read: 205 },
    { name: "cilium/ebpf", index: 20, read: 205 },
  ];
  expect(targets(printers, readers).map(({ target, met }) => `${met}: ${target}`)).toEqual([
    "true: lbc vmlinux at least as fast as bpftool: 100 ms, 160 ms",
    "false: the same where it prints each time: 190 ms, 160 ms",
    "true: indexing in at most 25 ms: 6 ms",
    "true: reading all types at least as fast as cilium/ebpf: 205 ms, 205 ms",
  ]);
});

test("a row that is not there meets nothing", () => {
  expect(targets([], []).some(({ met }) => met)).toBe(false);
});
