import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BtfBuilder } from "@lbc/core/btf";
import { readElf } from "@lbc/core/elf";
import { readObject } from "@lbc/core/object";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { buildObject, dependenciesOf } from "./build-object.ts";

let folder: string;
/** BTF of a kernel that has one type, so that its vmlinux.h is made at once. */
let btf: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "lbc-build-test-"));
  vi.stubEnv("XDG_CACHE_HOME", join(folder, "cache"));
  const kernel = new BtfBuilder();
  kernel.add({ kind: "int", name: "int", size: 4, signed: true, char: false, bool: false, bits: 32, bitOffset: 0 });
  kernel.add({
    kind: "struct",
    name: "task_struct",
    size: 4,
    members: [{ name: "pid", type: 1, bitOffset: 0, bitSize: 0 }],
  });
  btf = await file("kernel.btf", kernel.build("little"));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

/** Writes a file of the test. */
async function file(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

const program = (body: string): string =>
  `__attribute__((section("socket"), used)) int program(void *context) { ${body} }\nchar LICENSE[] __attribute__((section("license"), used)) = "GPL";\n`;
const build = (...inputs: string[]) => buildObject(inputs, { btf });

describe("what was compiled before", () => {
  test("comes from the cache, byte for byte", async () => {
    const source = await file("a.bpf.c", program("return 1;"));
    const first = await build(source);
    const second = await build(source);
    expect([first.cached, second.cached]).toEqual([false, true]);
    expect(second.object).toEqual(first.object);
    expect(second.dependencies).toEqual([source]);
  });

  test("is compiled again where a header changes, and found again where it changes back", async () => {
    const header = await file("number.h", "#define NUMBER 1\n");
    const source = await file("a.bpf.c", `#include "number.h"\n${program("return NUMBER;")}`);
    const first = await build(source);
    await file("number.h", "#define NUMBER 2\n");
    const second = await build(source);
    await file("number.h", "#define NUMBER 1\n");
    const third = await build(source);
    expect([first.cached, second.cached, third.cached]).toEqual([false, false, true]);
    expect(second.object).not.toEqual(first.object);
    expect(third.object).toEqual(first.object);
    expect(first.dependencies).toEqual([source, header]);
  });

  test("says its warnings again", async () => {
    const source = await file("a.bpf.c", program("int unused; return 1;"));
    const first = await build(source);
    const second = await build(source);
    expect(first.diagnostics).toContain("a.bpf.c:1:");
    expect(second).toMatchObject({ cached: true, diagnostics: first.diagnostics });
  });

  test.each([
    ["a macro", { defines: ["NUMBER=2"] }],
    ["an argument for clang", { flags: ["-O1"] }],
    ["the machine", { target: "arm64" as const }],
    ["a folder of headers", { includes: ["/usr/include/linux"] }],
  ])("does not serve where %s differs", async (_what, options) => {
    const source = await file("a.bpf.c", program("return 1;"));
    await build(source);
    expect((await buildObject([source], { btf, ...options })).cached).toBe(false);
  });

  test.each([
    ["in front on the include path", "first/number.h"],
    ["beside the source", "number.h"],
  ])("does not serve where a header was added %s", async (_what, name) => {
    for (const folderName of ["first", "second"]) await mkdir(join(folder, folderName));
    await file("second/number.h", "#define NUMBER 1\n");
    const source = await file("a.bpf.c", `#include "number.h"\n${program("return NUMBER;")}`);
    const options = { btf, includes: [join(folder, "first"), join(folder, "second")] };
    await buildObject([source], options);
    expect((await buildObject([source], options)).cached).toBe(true);
    const added = await file(name, "#define NUMBER 2\n");
    expect(await buildObject([source], options)).toMatchObject({ cached: false, dependencies: [source, added] });
  });

  test("does not serve where a header that the source only asks for comes or goes", async () => {
    const source = await file("a.bpf.c", `#if __has_include("option.h")\n#define N 2\n#else\n#define N 1\n#endif\n${program("return N;")}`);
    const without = await build(source);
    const option = await file("option.h", "");
    const having = await build(source);
    expect(having.cached).toBe(false);
    expect(having.object).not.toEqual(without.object);
    await rm(option);
    expect((await build(source)).object).toEqual(without.object);
  });

  test.each(["CPATH", "C_INCLUDE_PATH"])("does not serve for other folders in %s, nor where a header comes there", async (variable) => {
    const source = await file("a.bpf.c", `#if __has_include(<option.h>)\n#define N 2\n#else\n#define N 1\n#endif\n${program("return N;")}`);
    const without = await build(source);
    await mkdir(join(folder, "more"));
    vi.stubEnv(variable, `/no/such/folder:${join(folder, "more")}`);
    expect((await build(source)).cached).toBe(false);
    await file("more/option.h", "");
    const having = await build(source);
    expect(having.cached).toBe(false);
    expect(having.object).not.toEqual(without.object);
    vi.stubEnv(variable, undefined);
    expect((await build(source)).object).toEqual(without.object);
  });

  test.each([
    ["CCC_OVERRIDE_OPTIONS", "# +-DN=2", "N"],
    ["SOURCE_DATE_EPOCH", "3600", "__TIME__[1]"],
  ])("does not serve for another %s", async (variable, value, expression) => {
    const source = await file("a.bpf.c", `#ifndef N\n#define N 1\n#endif\n${program(`return ${expression};`)}`);
    vi.stubEnv(variable, undefined);
    await build(source);
    vi.stubEnv(variable, value);
    expect((await build(source)).cached).toBe(false);
    expect((await build(source)).cached).toBe(true);
  });

  test("does not serve for the types of another kernel", async () => {
    const source = await file("a.bpf.c", `#include "vmlinux.h"\n${program("return sizeof(struct task_struct);")}`);
    await build(source);
    const other = new BtfBuilder();
    other.add({ kind: "struct", name: "task_struct", size: 0, members: [] });
    const otherKernel = await file("other.btf", other.build("little"));
    expect((await buildObject([source], { btf: otherKernel })).cached).toBe(false);
  });
});

test("a cache that cannot be written costs time only", async () => {
  await mkdir(join(folder, "cache/lbc"), { recursive: true });
  await file("cache/lbc/build", "not a folder");
  const source = await file("a.bpf.c", program("return 1;"));
  expect([(await build(source)).cached, (await build(source)).cached]).toEqual([false, false]);
});

test("vmlinux.h has the types of the kernel that is named, and access to them is relocated", async () => {
  const source = await file("a.bpf.c", `#include "vmlinux.h"\n${program("return ((struct task_struct *)context)->pid;")}`);
  const { btfExt } = readObject(readElf((await build(source)).object));
  expect(btfExt?.relocations).toMatchObject([{ access: "0:0", kind: "byte_offset" }]);
});

test("debug sections are dropped, BTF stays", async () => {
  const source = await file("a.bpf.c", program("return 1;"));
  const names = readElf((await build(source)).object).sections.map(({ name }) => name);
  expect(names.filter((name) => name.startsWith(".debug"))).toEqual([]);
  expect(names).toContain(".BTF.ext");
});

test("an object for s390 is big-endian", async () => {
  const source = await file("a.bpf.c", program("return 1;"));
  const { object } = await buildObject([source], { btf, target: "s390" });
  expect(readElf(object).endianness).toBe("big");
});

test("a header of the machine is found that a header of libbpf's includes, as usdt.bpf.h does", async () => {
  const source = await file("a.bpf.c", `#include <asm/errno.h>\n${program("return EINVAL;")}`);
  await expect(build(source)).resolves.toMatchObject({ cached: false });
});

test("a source that clang refuses is told with its line, and with what clang says", async () => {
  const source = await file("a.bpf.c", `\n\n${program("return missing;")}`);
  const failure = await build(source).catch((error) => error);
  expect(failure).toMatchObject({ code: "compile-failed", place: { file: source, line: 3 } });
  expect(failure.diagnostics).toMatch(/^.*a\.bpf\.c:3:\d+: error: use of undeclared identifier 'missing'$/m);
});

describe("several inputs", () => {
  const shared = `extern int shared;\n${program("return shared;")}`;
  const definition = "int shared = 7;\n";

  test("are linked into one object", async () => {
    const inputs = [await file("a.bpf.c", shared), await file("b.bpf.c", definition)];
    const built = await build(...inputs);
    expect(readObject(readElf(built.object))).toMatchObject({ unresolved: [], programs: [{ name: "program" }] });
    expect(built.dependencies).toEqual(inputs);
  });

  test("may be objects", async () => {
    const object = await file("b.bpf.o", (await build(await file("b.bpf.c", definition))).object);
    expect(readObject(readElf((await build(await file("a.bpf.c", shared), object)).object)).unresolved).toEqual([]);
  });

  test("that define the same twice are refused in the names of the files", async () => {
    const inputs = [await file("a.bpf.c", definition), await file("b.bpf.c", definition)];
    const failure = await build(...inputs).catch((error) => error);
    expect(failure).toMatchObject({ code: "link-failed", hint: expect.stringContaining("extern") });
    expect(failure.message).toContain("b.bpf.c");
  });

  describe("that share a map", () => {
    const events = (type: string, storage = "") =>
      `struct event { ${type} pid; };\n${storage} struct { struct event (*type)[27]; int (*max_entries)[4096]; } events __attribute__((section(".maps")));\n`;
    const declaring = (type: string) => `${events(type, "extern")}${program("return (long)&events;")}`;

    test("are linked where one defines it and the other declares it", async () => {
      const inputs = [await file("a.bpf.c", events("unsigned")), await file("b.bpf.c", declaring("__UINT32_TYPE__"))];
      expect(readObject(readElf((await build(...inputs)).object))).toMatchObject({ unresolved: [], maps: [{ name: "events" }] });
    });

    test("are refused where its events differ, with both types and sources", async () => {
      const inputs = [await file("a.bpf.c", events("unsigned")), await file("b.bpf.c", declaring("unsigned long"))];
      await expect(build(...inputs)).rejects.toMatchObject({
        code: "link-failed",
        message: expect.stringMatching(
          /events are struct event of 4 bytes in .*a\.bpf\.c, and struct event of 8 bytes in .*b\.bpf\.c, which differ in pid/,
        ),
      });
    });

    test("are no whole object alone", async () => {
      const { object } = await build(await file("b.bpf.c", declaring("unsigned")));
      expect(readObject(readElf(object))).toMatchObject({ unresolved: ["events"], maps: [] });
    });
  });

  test("are sources and objects: what is neither is refused by its name", async () => {
    await expect(build("/dev/null")).rejects.toMatchObject({ place: { file: "/dev/null" }, message: expect.stringContaining("ELF") });
  });

  test("need bpftool, and the error says how to get it", async () => {
    vi.stubEnv("LBC_BPFTOOL", join(folder, "no-bpftool"));
    const inputs = [await file("a.bpf.c", shared), await file("b.bpf.c", definition)];
    await expect(build(...inputs)).rejects.toMatchObject({
      code: "bpftool-not-found",
      hint: expect.stringContaining("apt-get install bpftool"),
    });
  });
});

test.each([
  ["object.o: a.c b.h\n", ["/a.c", "/b.h"]],
  ["object.o: a.c \\\n  b.h \\\n  c.h\n", ["/a.c", "/b.h", "/c.h"]],
  ["object.o: a\\ b.c c\\#.h d$$e.h\n", ["/a b.c", "/c#.h", "/d$e.h"]],
])("the rule %j names %j", (rule, files) => {
  vi.spyOn(process, "cwd").mockReturnValue("/");
  expect(dependenciesOf(rule)).toEqual(files);
  vi.restoreAllMocks();
});
