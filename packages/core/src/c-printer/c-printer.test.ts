import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type Btf, readBtf } from "../btf/index.ts";
import { printC } from "./index.ts";

const kernel = "/sys/kernel/btf/vmlinux";
const clang =
  ["clang-19", "clang-18", "clang"].find((name) =>
    (process.env["PATH"] ?? "").split(":").some((folder) => existsSync(join(folder, name))),
  ) ?? "clang";

/** Asserts, in C, the size of every struct and the offset of every member that is no bit-field, as BTF has them. */
function assertions(btf: Btf): string[] {
  const seen = new Set<string>();
  const lines: string[] = [];
  for (let id = 1; id < btf.length; id++) {
    const type = btf.type(id);
    if (type.kind === "enum") seen.add(type.name);
    if ((type.kind !== "struct" && type.kind !== "union") || type.name === "" || seen.has(type.name)) continue;
    seen.add(type.name);
    const name = `${type.kind} ${type.name}`;
    lines.push(`_Static_assert(sizeof(${name}) == ${type.size}, "${name}");`);
    for (const member of type.members) {
      if (member.name !== "" && member.bitSize === 0)
        lines.push(`_Static_assert(__builtin_offsetof(${name}, ${member.name}) == ${member.bitOffset / 8}, "${name}.${member.name}");`);
    }
  }
  return lines;
}

test("clang lays out the running kernel's types as its BTF says", () => {
  const folder = mkdtempSync(join(tmpdir(), "lbc-c-printer-"));
  try {
    const btf = readBtf(readFileSync(kernel));
    const lines = assertions(btf);
    expect(lines.length).toBeGreaterThan(50_000);
    writeFileSync(join(folder, "vmlinux.h"), printC(btf));
    writeFileSync(join(folder, "check.c"), `#include "vmlinux.h"\n${lines.join("\n")}\n`);
    const flags = ["-target", "bpf", "-Wall", "-Wextra", "-Werror", "-fsyntax-only"];
    execFileSync(clang, [...flags, join(folder, "check.c")], { stdio: ["ignore", "ignore", "inherit"] });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
