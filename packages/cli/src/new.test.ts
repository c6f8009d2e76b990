import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { templateNames } from "@lbc/new/info";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { lbc } from "./lbc.test-support.ts";

const execute = promisify(execFile);
const root = fileURLToPath(new URL("../../..", import.meta.url));
const before = process.cwd();
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "lbc-new-"));
  process.chdir(folder);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  process.chdir(before);
  await rm(folder, { recursive: true, force: true });
});

describe("lbc new", () => {
  test("makes a project with its skeleton, and tells what to type next", async () => {
    const { code, out, err } = await lbc(["new", "hello", "--lang", "c"]);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toBe("hello: a c project (trace). Next:\n  cd hello && make\n  sudo ./hello\n");
    expect(await readdir(folder)).toEqual(["hello"]);
    expect(await readdir("hello/generated")).toEqual(["hello.lbc.h", "hello.skel.h", "hello.types.h", "sources.sha256"]);
    expect((await stat("hello/tests/run.sh")).mode & 0o111).toBe(0o111);
  });

  test("writes nothing of the folder where it was made into the skeleton", async () => {
    await lbc(["new", "hello", "--lang", "go"]);
    const object = await readFile("hello/internal/hello/hello.bpf", "latin1");
    expect(object).not.toContain(folder);
  });

  test("has sums that hold until the BPF source changes", async () => {
    await lbc(["new", "hello", "--lang", "rust"]);
    const check = () => execute("sha256sum", ["--check", "--status", "src/skel/sources.sha256"], { cwd: "hello" });
    await expect(check()).resolves.toBeDefined();
    await writeFile("hello/bpf/hello.bpf.c", "\n", { flag: "a" });
    await expect(check()).rejects.toMatchObject({ code: 1 });
  });

  test("has a Makefile that asks for the skeleton again when a header in a sub-folder or beside bpf/ changes, and only then", async () => {
    await lbc(["new", "hello", "--lang", "c"]);
    process.chdir("hello");
    for (const header of ["bpf/include/own.h", "common/shared.h"]) {
      await mkdir(dirname(header));
      await writeFile(header, "");
    }
    const source = await readFile("bpf/hello.bpf.c", "utf8");
    await writeFile("bpf/hello.bpf.c", `#include "include/own.h"\n#include "../common/shared.h"\n${source}`);
    const make = async () => (await execute("make", ["generated/hello.skel.h", "LBC=echo", "CPPFLAGS=", "LDLIBS="])).stdout.trim();
    const words = (await make()).split(" ");
    expect(words.slice(0, 2)).toEqual(["gen", "bpf/hello.bpf.c"]);
    for (const header of ["bpf/include/own.h", "common/shared.h"]) {
      expect((await lbc(words)).code).toBe(0);
      expect(await make()).not.toContain("gen");
      await writeFile(header, "#define CHANGED\n");
      expect(await make()).toBe(words.join(" "));
    }
  });

  test("has a build script for cargo that watches every source of the skeleton", async () => {
    await lbc(["new", "hello", "--lang", "rust"]);
    process.chdir("hello");
    await mkdir("common");
    await writeFile("common/shared.h", "");
    await writeFile("bpf/hello.bpf.c", `#include "../common/shared.h"\n${await readFile("bpf/hello.bpf.c", "utf8")}`);
    await lbc(["gen", "bpf/hello.bpf.c", "--lang", "rust", "--module", "--out", "src/skel", "--sums", "src/skel/sources.sha256"]);
    await execute("rustc", ["--edition", "2021", "build.rs", "-o", join(folder, "build")]);
    const { stdout } = await execute(join(folder, "build"));
    expect(stdout.trim().split("\n")).toEqual(
      ["bpf", "bpf/hello.bpf.c", "common/shared.h"].map((path) => `cargo::rerun-if-changed=${path}`),
    );
  });

  test("uses an empty folder, and leaves one alone that is not", async () => {
    await mkdir("hello");
    expect((await lbc(["new", "hello", "--lang", "c"])).code).toBe(0);
    const again = await lbc(["new", "hello", "--lang", "go"]);
    expect(again.code).toBe(2);
    expect(again.err).toContain("hello: is there already, and is not empty [folder-not-empty]\n  hint: choose another name");
    expect(await readdir("hello")).toContain("Makefile");
  });

  test("leaves nothing behind where the name is none", async () => {
    const { code, err } = await lbc(["new", "../hello", "--lang", "c"]);
    expect(code).toBe(2);
    expect(err).toContain('"../hello" is no name for a c project');
    expect(await readdir(folder)).toEqual([]);
  });

  test("without clang makes the project, and says that its first build has to make the skeleton", async () => {
    vi.stubEnv("PATH", folder);
    vi.stubEnv("LBC_CLANG", undefined);
    const { code, err } = await lbc(["new", "hello", "--lang", "typescript"]);
    expect(code).toBe(0);
    expect(err).toMatch(/^hello: note: the first build has to make src\/generated: no clang on the PATH\n {2}hint: /);
    expect(await readdir("hello/src")).toEqual(["main.ts"]);
  });

  test.each([
    [["new", "hello"], "--lang is missing: name one of c, go, python, rust, typescript"],
    [["new", "hello", "--lang", "ts"], "Did you mean typescript?"],
    [["new", "hello", "--lang", "cobol"], '"cobol" is none of c, go, python, rust, typescript.'],
    [["new", "hello", "--lang", "c", "--template", "hist"], "Did you mean histogram?"],
    [["new", "hello", "--lang", "c", "--template", "x"], '"x" is none of trace, histogram, profile, network.'],
    [["new"], "missing required argument 'NAME'"],
  ])("%j is refused with a reason", async (words, reason) => {
    const { code, err } = await lbc(words);
    expect(code).toBe(2);
    expect(err).toContain(reason);
    expect(await readdir(folder)).toEqual([]);
  });

  test("tells in its help what each template does", async () => {
    const { out } = await lbc(["new", "--help"]);
    for (const name of templateNames) expect(out).toMatch(new RegExp(`^ {2}${name} +\\S`, "m"));
  });
});

describe.each(templateNames)("the template %s", (template) => {
  test("compiles in C without a warning", async () => {
    expect((await lbc(["new", "hello", "--lang", "c", "--template", template])).err).toBe("");
    const include = join(root, "packages/clbc/include");
    const flags = ["-std=gnu11", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", "-Igenerated", `-I${include}`];
    await expect(execute("cc", [...flags, "main.c"], { cwd: "hello" })).resolves.toMatchObject({ stderr: "" });
  });

  test("passes the strict compiler in TypeScript", async () => {
    expect((await lbc(["new", "hello", "--lang", "typescript", "--template", template])).err).toBe("");
    await symlink(join(root, "node_modules"), "hello/node_modules");
    const compiler = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin/tsc");
    const checked = execute(process.execPath, [compiler, "--customConditions", "@lbc/source"], { cwd: "hello" });
    await expect(checked.catch((error: { stdout: string }) => error)).resolves.toMatchObject({ stdout: "" });
  });
});
