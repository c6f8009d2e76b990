import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Layout } from "@lbc/core/layout";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compile, compileBpf, compileFixture, compilers, format, generate, layoutOf, scratch } from "./compile.test-support.ts";

const fixtures = ["types", "names", "skeleton"];
const layouts = new Map<string, Layout>();
let folder = "";

beforeAll(async () => {
  folder = await scratch();
  for (const name of fixtures) {
    const object = await compileFixture(name, folder);
    const layout = layoutOf(object, name);
    layouts.set(name, layout);
    await generate(layout, { object, source: `${name}.bpf.o`, version: "0.0.0" }, folder);
  }
  await execa("bpftool", "btf dump file /sys/kernel/btf/vmlinux format c".split(" "), { stdout: { file: join(folder, "vmlinux.h") } });
}, 120_000);

afterAll(async () => {
  await rm(folder, { recursive: true });
});

/** C that names every function of a skeleton, so that the compiler looks into each. */
async function useAll(name: string): Promise<string> {
  const header = await readFile(join(folder, `${name}.skel.h`), "utf8");
  const functions = [...header.matchAll(/^static inline .*?\b(\w+)\((?:struct|enum|const|void|int|size_t)/gm)].map(([, found]) => found);
  // those that are there with a later libbpf only
  const gated = [...header.matchAll(/^#if CLBC_LIBBPF.*?^#endif/gms)].flatMap(([text]) =>
    [...text.matchAll(/(\w+)\(struct/g)].map(([, found]) => found),
  );
  const present = functions.filter((found) => !gated.includes(found));
  return [
    `#include "${name}.types.h"`,
    `#include "${name}.skel.h"`,
    `extern void (*const functions[])(void);`,
    `void (*const functions[])(void) = { ${present.map((found) => `(void (*)(void))${found}`).join(", ")} };`,
  ].join("\n");
}

describe.each(fixtures)("the output for the fixture %s", (name) => {
  test.each(compilers)("compiles without a warning with %s as %s (%s), every function included", async (...compiler) => {
    await compile(compiler, await useAll(name), folder, "-Wno-cast-function-type", "-c", "-o", "/dev/null");
  });

  test.each(compilers)("compiles after and before the system's headers with %s as %s (%s)", async (...compiler) => {
    const system =
      "arpa/inet.h fcntl.h getopt.h libgen.h limits.h netinet/tcp.h signal.h sys/stat.h sys/wait.h time.h linux/bpf.h linux/perf_event.h"
        .split(" ")
        .map((header) => `#include <${header}>`)
        .join("\n");
    await compile(compiler, `#include "${name}.skel.h"\n${system}\n`, folder);
    await compile(compiler, `${system}\n#include "${name}.skel.h"\n`, folder);
  });

  test("is what clang-format makes of it", async () => {
    for (const kind of ["types", "skel", "lbc"]) {
      const text = await readFile(join(folder, `${name}.${kind}.h`), "utf8");
      expect(await format(text)).toBe(text);
    }
  });

  test("lays its types out for BPF as well", async () => {
    const typedefs = ["8", "16", "32", "64"].flatMap((bits, index) => {
      const type = ["char", "short", "int", "long long"][index];
      return [`typedef unsigned ${type} u${bits}, __u${bits};`, `typedef signed ${type} s${bits}, __s${bits};`];
    });
    await compileBpf(`${typedefs.join("\n")}\ntypedef _Bool bool;\n#include "${name}.lbc.h"\n`, folder, `${name}.types.o`);
  });
});

test("names that only C++ reserves are the first source's own for a second", async () => {
  const [user, bpf] = await Promise.all(["types", "lbc"].map((kind) => readFile(join(folder, `names.${kind}.h`), "utf8")));
  expect(user).toMatch(/^struct class_ \{\n\tint new_;\n\tint typename_;/m);
  expect(bpf).toMatch(/^\/\* clang-format off \*\/\nstruct class \{\n\tint new;\n\tint typename;/m);
});

test("a second BPF source declares the same maps beside vmlinux.h", async () => {
  const layout = layouts.get("skeleton") as Layout;
  const header = await readFile(join(folder, "skeleton.lbc.h"), "utf8");
  const macros = [...header.matchAll(/^#define (\w+_MAP_\w+)/gm)].map(([, found]) => found);
  const source = ['#include "lbc.h"', '#include "skeleton.lbc.h"', ...macros.map((macro) => `${macro};`), ""].join("\n");
  const second = layoutOf(await compileBpf(source, folder, "second.o"), "second");
  const shape = ({ maps }: Layout) =>
    maps.map(({ name, type, keySize, valueSize, maxEntries, flags, extra, pinning, event, histogram, inner }) => {
      const told = { event: event?.type?.kind, minBytes: event?.minBytes, histogram, inner: inner?.type };
      return { name, type, keySize, valueSize, maxEntries, flags, extra, pinning, ...told };
    });
  expect(macros).toHaveLength(layout.maps.length);
  expect(shape(second)).toEqual(shape(layout));
});

test.each(compilers)("values of enums tell their names, those without one that they have none, with %s as %s (%s)", async (...compiler) => {
  const values = ["level(HIGH)", "level((enum level)6)", "small(SMALL_B)", "wide(WIDE_B)", "wide_signed(DEEP)"];
  const shown = values.map((value) => `puts(types_bpf__name_${value} ? types_bpf__name_${value} : "none");`).join(" ");
  const program = join(folder, "names-of-values");
  await compile(compiler, `#include <stdio.h>\n#include "types.skel.h"\nint main(void) { ${shown} return 0; }\n`, folder, "-o", program);
  expect((await execa(program)).stdout.split("\n")).toEqual(["HIGH", "none", "SMALL_B", "WIDE_B", "DEEP"]);
});

test.each(compilers)("enums have the sign that the object has, whatever their size, with %s as %s (%s)", async (...compiler) => {
  const isSigned = (type: string) => `static_assert((${type})-1 < (${type})1, "${type}");`;
  const isUnsigned = (type: string) => `static_assert((${type})-1 > (${type})1, "${type}");`;
  const asserts = [
    ...["enum small", "enum top", "enum by_name", "enum wide"].map(isUnsigned),
    ...["enum level", "enum middle", "enum wide_signed"].map(isSigned),
    // gcc 12 can name no type for it in C
    compiler[0] === "gcc" ? "" : isSigned("signed_t"),
    "static int is_top(const enum top *value) { return *value == TOP_B && *value > TOP_A; }",
    "int main(void) { enum top top = TOP_B; return is_top(&top) ? 0 : 1; }",
  ];
  const program = join(folder, "signs");
  await compile(compiler, `#include "types.types.h"\n${asserts.join("\n")}\n`, folder, "-o", program);
  await execa(program);
});

test("an object of the other byte order gives the same types", async () => {
  const object = await compileFixture("skeleton", folder, "bpfeb");
  const layout = layoutOf(object, "big");
  await generate(layout, { object, source: "big.bpf.o", version: "0.0.0" }, folder);
  await compile(compilers[0], '#include "big.skel.h"\n', folder);
  expect(await readFile(join(folder, "big.skel.h"), "utf8")).toContain("big-endian");
});

test("NAME_NO_TYPES and the LBC_* names leave types to the user, and check them", async () => {
  const own = "struct event { __u64 time; char comm[16]; };\nstruct matrix { int cells[2][3]; };\n";
  const all = `#include <linux/types.h>\n${own}#define SKELETON_NO_TYPES\n#include "skeleton.skel.h"\n`;
  const one = `#include <linux/types.h>\n${own.split("\n")[0]}\n#define LBC_STRUCT_event\n#include "skeleton.skel.h"\n`;
  const wrong = all.replace("comm[16]", "comm[32]");
  await compile(compilers[0], all, folder);
  await compile(compilers[3], one, folder);
  await expect(compile(compilers[0], wrong, folder)).rejects.toThrow(/size of struct event/);
});
