import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BtfBuilder } from "@lbc/core/btf";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { lbc } from "./lbc.test-support.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "lbc-vmlinux-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe("lbc vmlinux --only", () => {
  test("prints the types that are named and what they contain, and declares what they point to", async () => {
    const { code, out, err } = await lbc(["vmlinux", "--only", "task_struct", "struct sock"]);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    for (const part of ["struct task_struct {", "struct sock {", "struct list_head {", "struct mm_struct;"]) expect(out).toContain(part);
    expect(out).not.toContain("struct mm_struct {");
    expect(out.length).toBeLessThan(200_000);
  });

  test("may be repeated, and writes a file", async () => {
    const header = join(folder, "few.h");
    expect(await lbc(["vmlinux", "--only", "pid_t", "--only", "u64", "-o", header])).toEqual({ code: 0, out: "", err: "" });
    const text = await readFile(header, "utf8");
    expect(text).toContain("typedef int __kernel_pid_t;");
    expect(text).toContain("u64;");
  });

  test("a type that the kernel does not have is bad input, and the nearest are named", async () => {
    const { code, out, err } = await lbc(["vmlinux", "--only", "task_strcut"]);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain("task_strcut: the kernel has no type of this name [unknown-type]");
    expect(err).toContain("did you mean task_struct");
  });
});

test("lbc vmlinux does not replace the BTF that it reads", async () => {
  const btf = join(folder, "kernel.btf");
  await writeFile(btf, new BtfBuilder().build("little"));
  const before = await readFile(btf);
  const { code, err } = await lbc(["vmlinux", "--btf", btf, "-o", btf]);
  expect({ code, err }).toMatchObject({ code: 2, err: expect.stringContaining("[output-is-input]") });
  expect(await readFile(btf)).toEqual(before);
});
