import { existsSync, readFileSync } from "node:fs";
import { readBtf } from "@lbc/core/btf";
import { describe, expect, test } from "vitest";
import { allTypes } from "./libbpf-view.ts";
import { bpftoolSummaries, summary } from "./type-summary.ts";

const vmlinux = "/sys/kernel/btf/vmlinux";

// Kernels without CONFIG_DEBUG_INFO_BTF, and machines without Linux, have no such file.
describe.skipIf(!existsSync(vmlinux))("the running kernel's BTF", () => {
  const bytes = existsSync(vmlinux) ? readFileSync(vmlinux) : new Uint8Array();

  test("has every type as bpftool prints it", async () => {
    const ours = allTypes(readBtf(bytes)).map((type) => `${type.name} ${summary(type)}`);
    const theirs = await bpftoolSummaries(vmlinux);
    expect(ours.length).toBe(theirs.length);
    expect(ours.filter((line, index) => line !== theirs[index])).toEqual([]);
  });

  test("is indexed in 25 ms, and has a type by name in as much again", () => {
    const times = Array.from({ length: 10 }, () => {
      const start = performance.now();
      const btf = readBtf(bytes);
      const indexed = performance.now();
      expect(btf.find("task_struct", "struct")).toHaveLength(1);
      return [indexed - start, performance.now() - indexed] as const;
    });
    expect(Math.min(...times.map(([index]) => index))).toBeLessThan(25);
    expect(Math.min(...times.map(([, find]) => find))).toBeLessThan(25);
  });
});
