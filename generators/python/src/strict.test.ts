import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readElf } from "@lbc/core/elf";
import { type Layout, resolveLayout } from "@lbc/core/layout";
import { readObject } from "@lbc/core/object";
import { FileSet } from "@lbc/emit";
import { execa } from "execa";
import { afterAll, beforeAll, expect, test } from "vitest";
import { emit } from "./index.ts";
import {
  array,
  bits,
  char,
  enumeration,
  field,
  float,
  hello,
  helloOptions,
  int,
  layoutOf,
  map,
  named,
  pointer,
  program,
  s32,
  section,
  struct,
  u8,
  u32,
  u64,
  union,
  variable,
} from "./layout.test-support.ts";
import { writeFiles } from "./write-files.test-support.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const fixtures = process.env["LBC_FIXTURES"] ?? join(root, ".lbc/fixtures");
const tool = (name: string): string => join(root, ".lbc/venv/bin", name);

/** Rules beyond ruff's own choice; line lengths are the formatter's business, and C's names are C's. */
const rules = "ANN,ARG,B,C4,E,F,I,PIE,PLE,PLW,RET,RUF,SIM,UP,W";

/** Names and shapes that are hard for a Python file. */
const hard: Layout = layoutOf("class", {
  types: [
    enumeration(0, "lambda", { None: "0", __MAX: "1", MAX: "2", mro: "-1", name: "4294967295" }, false),
    union(1, "event.u", 8, [field("int", 0, u32, 4), field("str", 0, u64, 8), field("real", 0, float(8), 8)]),
    struct(2, "Struct", 1, [field("self", 0, u8, 1)]),
    struct(3, "a_name_that_is_as_long_as_people_dare_to_make_them_in_c_and_then_a_little_longer", 4, [field("id", 0, u32, 4)]),
    struct(4, "event", 120, [
      field("class", 0, u32, 4),
      field("le", 4, u32, 4),
      field(null, 8, named(1), 8),
      field("bytes", 16, array(u8, 4), 4),
      field("Sequence", 20, array(s32, 2), 8),
      bits("__flag", { offset: 28, bytes: 1 }, 0, 1, int(1, false, "bool")),
      bits("flag", { offset: 28, bytes: 2 }, 1, 9, s32),
      bits("wide_bits_with_a_name_that_makes_the_line_too_long_for_the_formatter", { offset: 30, bytes: 9 }, 3, 64, u64),
      { kind: "padding", offset: 39, size: 1 },
      field("a_member_with_a_name_that_makes_the_line_too_long_for_the_formatter", 40, array(array(named(3), 2), 2), 16),
      field("match", 56, pointer, 8),
      field("text", 64, array(char, 16), 16),
      field("huge", 80, int(16), 16, { doc: '"Two"\n\n\n  indented \\lines\\\n\t- """\n>>> 1+1\n"' }),
      field("long_double", 96, float(16), 16),
      field("lambda", 112, named(0), 4),
      field("tail", 116, named(2), 1),
      { kind: "padding", offset: 117, size: 3 },
      field("data", 120, array(char, 0), 0, { flexible: true, doc: 'a "quoted" tail\\' }),
    ]),
    { ...struct(5, "empty", 0, []), doc: "Nothing.\r\n\r\nReally." },
  ],
  maps: [
    map("events", {
      access: "stream-out",
      key: null,
      value: null,
      event: { type: named(4), from: "option", minBytes: 100, maxBytes: null, fixed: false },
    }),
    map("None", { key: named(4), keySize: 120, value: array(named(3), 4), valueSize: 16, perCpu: true }),
    map("a_map_with_a_name_that_makes_the_line_too_long_for_the_formatter", {
      key: array(char, 16),
      keySize: 16,
      value: named(3),
      valueSize: 4,
    }),
    map("by_reason", { access: "indexed", key: named(0) }),
    map("bytes_only", { key: null, keySize: 7, value: null, valueSize: 9, doc: '"""\n"""' }),
  ],
  sections: [
    section(".bss", "bss", "always", [
      variable("f.zero", 0, u32, 4),
      variable("f.zero~2", 4, u32, 4),
      variable("events", 8, named(4), 120),
    ]),
    section(".rodata", "rodata", "before-load", [variable("class", 0, array(char, 8), 8), variable("open", 8, u8, 1)]),
    section(".data.open", "data", "always", [variable("x", 4, u32, 4)]),
  ],
  programs: [
    program("import", "xdp", { kind: "xdp" }, { autoattach: false }),
    program("on_exit", "fexit/f", { kind: "trampoline", when: "exit", function: "f" }),
  ],
});

let folder = "";

beforeAll(async () => {
  const sets = [await emit(hello, helloOptions), await emit(hard, helloOptions), await emit(bigEndian(hard), helloOptions)];
  for (const name of existsSync(fixtures) ? (await readdir(fixtures)).filter((file) => file.endsWith(".o")) : []) {
    const object = await readFile(join(fixtures, name));
    const layout = resolveLayout(readObject(readElf(object)), { name: name.split(".")[0] ?? name });
    sets.push(await emit(layout, { object, source: name, version: "0.1.0" }));
  }
  folder = await mkdtemp(join(tmpdir(), "lbc-python-"));
  await writeFiles(folder, FileSet.merge(sets));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const bigEndian = (layout: Layout): Layout => ({ ...layout, object: { ...layout.object, name: "big", endianness: "big" } });

const run = async (file: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> => {
  const { all, exitCode } = await execa(tool(file), args, { cwd: folder, all: true, reject: false, env: { NO_COLOR: "1", ...env } });
  return exitCode === 0 ? "" : all;
};

test("ruff's formatter would change nothing", async () => {
  expect(await run("ruff", ["format", "--isolated", "--target-version", "py39", "--diff", "."])).toBe("");
});

test("ruff's linter has nothing to say", async () => {
  const chosen = ["--select", rules, "--ignore", "E501"];
  expect(await run("ruff", ["check", "--isolated", "--target-version", "py39", "--output-format", "concise", ...chosen, "."])).toBe("");
  expect(await run("ruff", ["check", "--isolated", "--output-format", "concise", "."])).toBe("");
});

test("mypy is content with every package at its strictest", async () => {
  const env = { MYPYPATH: join(root, "packages/pylbc/python") };
  expect(await run("mypy", ["--strict", "--cache-dir", join(folder, ".mypy"), "."], env)).toBe("");
});

test("every package proves its layout when it is imported", async () => {
  const packages = (await readdir(folder, { withFileTypes: true })).filter((entry) => entry.isDirectory() && !entry.name.startsWith("."));
  expect(packages.map((entry) => entry.name)).toEqual(expect.arrayContaining(["hello", "class_", "big"]));
  const program = `
import importlib, sys
import pylbc
for name in sys.argv[1:]:
    package = importlib.import_module(name)
    for exported in map(package.__dict__.get, package.__all__):
        if isinstance(exported, type) and issubclass(exported, pylbc.Struct):
            assert pylbc.dtype(exported).itemsize == exported.SIZE, exported
`;
  expect(await run("python", ["-c", program, ...packages.map((entry) => entry.name)])).toBe("");
});
