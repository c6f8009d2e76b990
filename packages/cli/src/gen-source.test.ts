import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { lbc } from "./lbc.test-support.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "lbc-gen-source-"));
  await mkdir(join(folder, "bpf"));
  await writeFile(join(folder, "bpf/number.h"), "#define NUMBER 7\n");
  await writeFile(join(folder, "bpf/hello.bpf.c"), program);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const program = '#include "number.h"\n__attribute__((section("socket"), used)) int run(void *context) { return NUMBER; }\n';
const gen = (...argv: string[]) => lbc(["gen", join(folder, "bpf/hello.bpf.c"), "--out", join(folder, "sdk"), ...argv]);

/** What a build asks before it looks for lbc: exit code 0 where nothing has changed. */
const check = (sums: string): Promise<number> =>
  promisify(execFile)("sha256sum", ["--check", "--status", sums]).then(
    () => 0,
    (error: { code: number }) => error.code,
  );

describe("lbc gen with a source", () => {
  test("compiles it, and names the SDK after it", async () => {
    const { code, err } = await gen("--lang", "typescript");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(await readdir(join(folder, "sdk"))).toEqual(["hello.lbc.h", "hello.ts"]);
  });

  test("clang's errors come as clang prints them, and nothing is written", async () => {
    await writeFile(join(folder, "bpf/hello.bpf.c"), "int a = ;\n");
    const { code, err } = await gen("--lang", "typescript", "--sums", join(folder, "sums"));
    expect(code).toBe(2);
    expect(err).toMatch(/^\/.*hello\.bpf\.c:1:9: error: expected expression/);
    expect(await readdir(folder)).toEqual(["bpf"]);
  });

  test("clang's warnings are told, and do not stop it", async () => {
    await writeFile(join(folder, "bpf/hello.bpf.c"), program.replace("{", "{ int unused;"));
    const { code, err } = await gen("--lang", "typescript");
    expect(code).toBe(0);
    expect(err).toContain("warning: unused variable 'unused'");
  });

  test.each([
    ["c", "hello.skel.h"],
    ["go", "hello_skel.go"],
    ["python", "hello/_skeleton.py"],
    ["rust", "src/lib.rs"],
    ["typescript", "hello.ts"],
  ])("comments of the source are doc comments in %s", async (lang, file) => {
    const source = "/* Events so far. */\nunsigned long long total;\n";
    await writeFile(join(folder, "bpf/hello.bpf.c"), `${source}${program.replace("NUMBER", "total")}`);
    expect(await gen("--lang", lang)).toMatchObject({ code: 0 });
    expect(await readFile(join(folder, "sdk", file), "utf8")).toContain("Events so far.");
  });

  test("comments are found from an object too, where its source is as it was", async () => {
    const source = join(folder, "bpf/hello.bpf.c");
    const built = join(folder, "hello.bpf.o");
    const generated = async () => {
      expect(await lbc(["gen", built, "--lang", "typescript", "--out", join(folder, "sdk")])).toMatchObject({ code: 0 });
      return readFile(join(folder, "sdk/hello.ts"), "utf8");
    };
    await writeFile(source, `/* Events so far. */\nunsigned long long total;\n${program.replace("NUMBER", "total")}`);
    expect(await lbc(["build", source, "-o", built])).toMatchObject({ code: 0 });
    expect(await generated()).toContain("Events so far.");
    await writeFile(source, `/* Events so far. */\nunsigned long long total;\n\n${program.replace("NUMBER", "total")}`);
    expect(await generated()).not.toContain("Events so far.");
  });

  test("--module leaves the manifest of a Rust crate out", async () => {
    await gen("--lang", "rust", "--module");
    expect(await readdir(join(folder, "sdk"))).toEqual(["hello_bpf.obj", "include", "mod.rs"]);
  });

  test("--sums tells sha256sum whether a source or a header of its own has changed", async () => {
    const sums = join(folder, "sdk/sources.sha256");
    await gen("--lang", "typescript", "--sums", sums);
    expect((await readFile(sums, "utf8")).match(/\w+\.\S*$/gm)).toEqual(["hello.bpf.c", "number.h"]);
    expect(await check(sums)).toBe(0);
    await writeFile(join(folder, "bpf/number.h"), "#define NUMBER 8\n");
    expect(await check(sums)).toBe(1);
  });
});
