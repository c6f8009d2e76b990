import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BtfBuilder } from "@lbc/core/btf";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { lbc } from "./lbc.test-support.ts";

let folder: string;
let btf: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "lbc-build-command-"));
  vi.stubEnv("XDG_CACHE_HOME", join(folder, "cache"));
  btf = join(folder, "kernel.btf");
  await writeFile(btf, new BtfBuilder().build("little"));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

async function source(text: string, name = "hello.bpf.c"): Promise<string> {
  await writeFile(join(folder, name), text);
  return join(folder, name);
}
const build = (...argv: string[]) => lbc(["build", "--btf", btf, ...argv]);
const output = (): string => join(folder, "hello.bpf.o");
const program = 'int number = NUMBER;\n__attribute__((section("socket"), used)) int run(void *context) { return number; }\n';

describe("lbc build", () => {
  test("makes an object that lbc inspect reads", async () => {
    const { code, out, err } = await build(await source(program), "-D", "NUMBER=7", "-o", output());
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toMatch(/hello\.bpf\.o: \d+ bytes\n$/);
    const layout = JSON.parse((await lbc(["inspect", "--json", output()])).out);
    expect(layout.programs).toMatchObject([{ name: "run", type: "socket_filter" }]);
  });

  test("a second time there is nothing to compile", async () => {
    const argv = [await source(program), "-DNUMBER=7", "-o", output()];
    await build(...argv);
    expect((await build(...argv)).out).toMatch(/bytes \(unchanged\)\n$/);
  });

  test("clang's errors come as clang prints them, with a hint where lbc knows better", async () => {
    const { code, out, err } = await build(await source("int a = ETH_P_IP;\n"), "-o", output());
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toMatch(/^\/.*hello\.bpf\.c:1:9: error: use of undeclared identifier 'ETH_P_IP'\n/);
    expect(err).toMatch(/ {2}hint: ETH_P_IP is a macro in the kernel, .*#include "lbc_net\.h"\n$/);
    expect(await readdir(folder)).not.toContain("hello.bpf.o");
  });

  test("a build that fails leaves the object of the last one", async () => {
    await build(await source(program), "-DNUMBER=7", "-o", output());
    await build(await source("int a = ;\n"), "-o", output());
    expect((await lbc(["inspect", output()])).code).toBe(0);
  });

  test("a warning does not keep it from being built", async () => {
    const { code, err } = await build(await source(`static int unused;\n${program}`), "-DNUMBER=7", "-o", output());
    expect(code).toBe(0);
    expect(err).toContain("warning: unused variable 'unused'");
  });

  test("with --json what was done, and what was wrong, are one line each", async () => {
    const input = await source(program);
    const done = await build(input, "-DNUMBER=7", "-o", output(), "--json");
    expect(JSON.parse(done.out).built).toMatchObject({ sources: [input], output: output(), cached: false, dependencies: [input] });
    const failed = await build(await source("\nint a = ;\n"), "-o", output(), "--json");
    expect(failed.code).toBe(2);
    expect(failed.err).toContain("error: expected expression");
    expect(JSON.parse(failed.out).error).toMatchObject({ code: "compile-failed", file: input, line: 2 });
  });

  test("without a clang it fails, and says how to get one", async () => {
    vi.stubEnv("PATH", folder);
    vi.stubEnv("LBC_CLANG", "");
    const { code, err } = await build(await source(program), "-o", output());
    expect(code).toBe(1);
    expect(err).toContain("apt-get install clang");
  });

  test("a folder that cannot be written is a failure", async () => {
    await writeFile(join(folder, "file"), "");
    const { code, err } = await build(await source(program), "-DNUMBER=7", "-o", join(folder, "file/hello.bpf.o"));
    expect(code).toBe(1);
    expect(err).toContain("[cannot-write]");
  });

  test.each([
    ["the source", "hello.bpf.c"],
    ["the source by another name", "link.o"],
    ["a header that it includes", "number.h"],
    ["the kernel's types", "kernel.btf"],
  ])("%s is not replaced by the object", async (_what, name) => {
    const input = await source(`#include "number.h"\n${program}`);
    await source("#define NUMBER 7\n", "number.h");
    await symlink("hello.bpf.c", join(folder, "link.o"));
    const before = await readFile(join(folder, name));
    const { code, err } = await build(input, "-o", join(folder, name));
    expect({ code, err }).toMatchObject({ code: 2, err: expect.stringContaining("[output-is-input]") });
    expect(await readFile(join(folder, name))).toEqual(before);
  });

  test("several files are linked, and need a name for what they make", async () => {
    const first = await source('extern int shared;\n__attribute__((section("socket"), used)) int run(void *context) { return shared; }\n');
    const second = await source("int shared = 7;\n", "shared.bpf.c");
    expect((await build(first, second)).err).toContain("--output is missing: several files are linked into one object");
    expect(await build(first, second, "-o", output())).toMatchObject({ code: 0, out: expect.stringContaining("linked from 2 files") });
    expect((await lbc(["gen", output(), "--lang", "go", "--out", join(folder, "sdk")])).code).toBe(0);
  });

  test.each([
    [["missing.bpf.c"], "no such file"],
    [["a.bpf.c", "--target", "vax"], "Allowed choices are x86, arm64"],
    [[], "missing required argument 'FILE'"],
  ])("%j is wrong use or bad input", async (argv, said) => {
    const { code, err } = await build(...argv);
    expect(code).toBe(2);
    expect(err).toContain(said);
  });
});
