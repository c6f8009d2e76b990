import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { BtfBuilder, readBtf } from "@lbc/core/btf";
import { readElfSection } from "@lbc/core/elf";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { lbc } from "./lbc.test-support.ts";

/** Set-up compiles it from packages/conformance/fixtures/kernel. */
const maps = fileURLToPath(new URL("../../../.lbc/fixtures/maps.bpf.o", import.meta.url));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "lbc-cli-btf-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Writes the BTF of `maps` alone, as /sys/kernel/btf/vmlinux has a kernel's. */
async function rawFile(): Promise<string> {
  const path = join(folder, "maps.btf");
  await writeFile(path, readElfSection(await readFile(maps), ".BTF") ?? "");
  return path;
}

/** Split BTF whose one struct has a name and a member type of the base. */
async function splitFile(base: string): Promise<string> {
  const builder = new BtfBuilder(readBtf(await readFile(base)));
  builder.add({ kind: "struct", name: "of_module", size: 4, members: [{ name: "value", type: 1, bitOffset: 0, bitSize: 0 }] });
  const path = join(folder, "module.btf");
  await writeFile(path, builder.build());
  return path;
}

/** BTF whose first type is an int, for modules to go on from. */
async function baseFile(): Promise<string> {
  const builder = new BtfBuilder();
  builder.add({ kind: "int", name: "int", size: 4, signed: true, char: false, bool: false, bits: 32, bitOffset: 0 });
  builder.add({ kind: "typedef", name: "of_base", type: 1 });
  const path = join(folder, "base.btf");
  await writeFile(path, builder.build());
  return path;
}

describe("lbc btf dump", () => {
  test("prints what bpftool prints, unless told otherwise", async () => {
    const { code, out, err } = await lbc(["btf", "dump", maps]);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toBe(execFileSync("bpftool", ["btf", "dump", "file", maps], { encoding: "utf8" }));
  });

  test("--format c prints a header with the object's types", async () => {
    const { code, out } = await lbc(["btf", "dump", maps, "--format", "c"]);
    expect(code).toBe(0);
    expect(out).toMatch(/^#ifndef __VMLINUX_H__\n[\s\S]*struct flow_key \{\n[\s\S]*#endif/);
  });

  test("a file of BTF alone gives the same as the object", async () => {
    expect(await lbc(["btf", "dump", await rawFile()])).toEqual(await lbc(["btf", "dump", maps]));
  });

  test("split BTF is read with its base, and only its own types are printed", async () => {
    const base = await baseFile();
    const { out } = await lbc(["btf", "dump", await splitFile(base), "--base", base]);
    expect(out).toBe("[3] STRUCT 'of_module' size=4 vlen=1\n\t'value' type_id=1 bits_offset=0\n");
  });

  test("split BTF without its base is bad input, and the hint names the option", async () => {
    const base = await baseFile();
    const { code, err } = await lbc(["btf", "dump", await splitFile(base), "--format", "c"]);
    expect(code).toBe(2);
    expect(err).toContain("--base /sys/kernel/btf/vmlinux");
  });

  test.each([
    ["a file that is neither ELF nor BTF", fileURLToPath(import.meta.url), "not-btf", "name a compiled object"],
    ["a file that is not there", "missing.o", "cannot-read", "check the spelling"],
    ["a program without BTF", process.execPath, "no-btf", "compile it with clang -g"],
  ])("%s is bad input", async (_what, path, errorCode, hint) => {
    const { code, out, err } = await lbc(["btf", "dump", path]);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain(`[${errorCode}]`);
    expect(err).toContain(hint);
  });

  test("cut BTF is bad input that names the file", async () => {
    const path = await rawFile();
    await writeFile(path, (await readFile(path)).subarray(0, 100));
    const { code, err } = await lbc(["btf", "dump", path]);
    expect(code).toBe(2);
    expect(err).toMatch(new RegExp(`^lbc: ${path}: \\.BTF.*\\[truncated\\]`));
  });

  test("a format that does not exist is wrong use", async () => {
    const { code, err } = await lbc(["btf", "dump", maps, "--format", "json"]);
    expect(code).toBe(2);
    expect(err).toContain("Allowed choices are c, raw");
  });
});

describe("lbc vmlinux", () => {
  test("prints the types of a BTF file as the C format does", async () => {
    const path = await rawFile();
    expect(await lbc(["vmlinux", "--btf", path])).toEqual(await lbc(["btf", "dump", path, "--format", "c"]));
  });

  test("-o writes a file and prints nothing", async () => {
    const path = await rawFile();
    const header = join(folder, "new/vmlinux.h");
    expect(await lbc(["vmlinux", "--btf", path, "-o", header])).toEqual({ code: 0, out: "", err: "" });
    expect(await readFile(header, "utf8")).toBe((await lbc(["vmlinux", "--btf", path])).out);
  });

  test("a file that cannot be written is a failure, not bad input", async () => {
    const path = await rawFile();
    const { code, err } = await lbc(["vmlinux", "--btf", path, "-o", join(path, "vmlinux.h")]);
    expect(code).toBe(1);
    expect(err).toContain("[cannot-write]");
  });
});
