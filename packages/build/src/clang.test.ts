import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readElf } from "@lbc/core/elf";
import { readObject } from "@lbc/core/object";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { clangArguments, compile, findClang, strip } from "./clang.ts";
import { compileHeaderTypes } from "./header-types.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "lbc-clang-"));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

async function fakeClang(name: string): Promise<void> {
  await writeFile(join(folder, name), "");
  await chmod(join(folder, name), 0o755);
}

test("the newest clang on the PATH is taken, before a plain one", async () => {
  for (const name of ["clang", "clang-14", "clang-19"]) await fakeClang(name);
  expect(await findClang({ PATH: folder })).toBe(join(folder, "clang-19"));
});

test("LBC_CLANG chooses", async () => {
  await fakeClang("clang-19");
  expect(await findClang({ PATH: folder, LBC_CLANG: "/opt/clang" })).toBe("/opt/clang");
});

test("without a clang the error says how to get one", async () => {
  await expect(findClang({ PATH: folder })).rejects.toMatchObject({
    code: "clang-not-found",
    hint: expect.stringContaining("apt-get install clang"),
  });
});

test("an error of clang arrives in its own words, with the line", async () => {
  const failure = await compile({ source: "-", input: "int x = ;\n", output: join(folder, "x.o") }).catch((error) => error);
  expect(failure).toMatchObject({ code: "compile-failed" });
  expect(failure.message).toContain("<stdin>:1:9: error: expected expression");
});

test("a helper that is misspelt is an error with every clang", async () => {
  const failure = await compile({ source: "-", input: "int x(void) { return bpf_get_pid(); }\n", output: join(folder, "x.o") }).catch(
    (error) => error,
  );
  expect(failure).toMatchObject({ code: "compile-failed" });
  expect(failure.message).toMatch(/<stdin>:1:\d+: error: .*'bpf_get_pid'/);
});

test("a missing libbpf or vmlinux header is explained", async () => {
  const compileInput = (input: string) => compile({ source: "-", input, output: join(folder, "x.o"), flags: ["-nostdinc"] });
  await expect(compileInput("#include <bpf/bpf_helpers.h>\n")).rejects.toMatchObject({ hint: expect.stringContaining("libbpf-dev") });
  await expect(compileInput('#include "vmlinux.h"\n')).rejects.toMatchObject({ hint: expect.stringContaining("vmlinux.h") });
});

async function compileBy(script: string): Promise<string> {
  const chosen = join(folder, "chosen");
  await writeFile(chosen, `#!/bin/sh\n${script}\n`);
  await chmod(chosen, 0o755);
  vi.stubEnv("LBC_CLANG", chosen);
  return compile({ source: "a.bpf.c", output: join(folder, "x.o") });
}

test("a clang that a signal ends is not one that is missing", async () => {
  await expect(compileBy("kill -XFSZ $$")).rejects.toMatchObject({
    code: "compile-failed",
    place: { file: "a.bpf.c" },
    message: expect.stringMatching(/chosen was ended by SIGXFSZ/),
    hint: expect.stringContaining("ulimit"),
  });
});

test.each([
  ["compiles nothing", "exit 0"],
  ["is gcc", "echo \"gcc: error: unrecognized command-line option '-target'\" >&2; exit 1"],
])("what LBC_CLANG names is told to be no clang where it %s", async (_what, script) => {
  await expect(compileBy(script)).rejects.toMatchObject({
    code: "clang-not-found",
    message: expect.stringContaining("no clang"),
    hint: expect.stringContaining("LBC_CLANG"),
  });
});

test("a source may have a name that begins with a dash", () => {
  expect(clangArguments({ source: "-x.bpf.c", output: "x.o" })).toContain("./-x.bpf.c");
  expect(clangArguments({ source: "-", output: "x.o" })).toContain("-");
});

test("stripping drops DWARF and keeps BTF", async () => {
  const output = join(folder, "x.o");
  const input = 'int global = 1;\n__attribute__((section("socket"), used)) int program(void *context) { return global; }\n';
  await compile({ source: "-", input, output });
  const stripped = await strip(await findClang(), readFile(output), join(folder, "stripped.o"));
  const names = readElf(stripped).sections.map(({ name }) => name);
  expect(names).toContain(".BTF");
  expect(names.filter((name) => name.startsWith(".debug"))).toEqual([]);
});

test("without an llvm-strip an object stays as it is", async () => {
  vi.stubEnv("PATH", folder);
  const object = new Uint8Array([1, 2, 3]);
  expect(await strip(join(folder, "clang"), Promise.resolve(object), join(folder, "stripped.o"))).toBe(object);
});

test("what llvm-strip does not understand is told in its words", async () => {
  const stripping = strip(await findClang(), Promise.resolve(new Uint8Array([1, 2, 3])), join(folder, "stripped.o"));
  await expect(stripping).rejects.toMatchObject({ code: "strip-failed", message: expect.stringContaining("not recognized") });
});

test("stripping what never comes fails with the reason", async () => {
  const compiling = compile({ source: "-", input: "int x", output: join(folder, "x.o") });
  const never = compiling.then(() => new Uint8Array());
  await expect(strip(await findClang(), never, join(folder, "stripped.o"))).rejects.toMatchObject({ code: "compile-failed" });
});

test("a header supplies structs, enums and typedefs that an object lacks", async () => {
  const header = join(folder, "event.h");
  await writeFile(
    header,
    "struct event { __u32 pid; char comm[16]; };\nenum kind { A, B };\ntypedef struct { u64 a; } pair_t;\nstruct unused { int x; };\n",
  );
  const { btf } = readObject(readElf(await compileHeaderTypes(header, ["event", "kind", "pair_t"])));
  expect(["event", "kind", "pair_t", "unused"].map((name) => btf?.find(name).length)).toEqual([1, 1, 1, 0]);
});

test("a type that the header only declares is named in the error", async () => {
  const header = join(folder, "event.h");
  await writeFile(header, "struct event;\n");
  await expect(compileHeaderTypes(header, ["event"])).rejects.toMatchObject({
    code: "compile-failed",
    place: { file: header, type: "event" },
  });
});
