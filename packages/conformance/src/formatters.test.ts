import { copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Layout } from "@lbc/core/layout";
import type { Emit } from "@lbc/emit";
import { documented } from "@lbc/emit/source";
import * as c from "@lbc/gen-c";
import * as go from "@lbc/gen-go";
import * as python from "@lbc/gen-python";
import * as rust from "@lbc/gen-rust";
import * as typescript from "@lbc/gen-typescript";
import { execa } from "execa";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fixtureLayout, fixtureSource, layoutFixtures } from "./fixtures.ts";
import { readFixture, typeFixtures } from "./suite/declarations.ts";
import { fromDeclarations } from "./suite/prepare.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const minutes = 60_000;
/** Letters that every name gets more, so that lines end at and beyond each limit. */
const lengths = [0, 9, 13, 23, 28, 37, 40, 46];

let folder = "";
let fixtures: readonly (readonly [name: string, layout: Layout])[] = [];
beforeAll(async () => {
  fixtures = await Promise.all(
    layoutFixtures.map(async (name) => [name, documented(await fixtureLayout(name, "little"), [await fixtureSource(name)])] as const),
  );
  folder = await mkdtemp(join(tmpdir(), "lbc-formatters-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The same layout with longer names of everything that an object declares; kernel targets and section names stay. */
function lengthened<Value>(value: Value, letters: number, key?: string): Value;
function lengthened(value: unknown, letters: number, key = ""): unknown {
  if (Array.isArray(value)) return value.map((item) => lengthened(item, letters, key));
  if (typeof value === "string")
    return /^(name|path|ident)$/.test(key) && !value.startsWith(".") ? `${value}${"x".repeat(letters)}` : value;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([inner, item]) => [inner, lengthened(item, letters, inner)]));
}

/** Writes what the fixtures become in a language; the paths of the files with one of these endings. */
async function generate(language: string, emit: Emit, endings: RegExp): Promise<string[]> {
  for (const [name, plain] of fixtures) {
    for (const more of lengths) {
      const layout = lengthened(plain, more);
      for (const { path, content } of await emit(layout, { object: new Uint8Array(1000), source: `${name}.bpf.o`, version: "0.1.0" })) {
        const file = join(folder, language, `${name}${more}`, path);
        await mkdir(dirname(file), { recursive: true });
        await writeFile(file, content);
      }
    }
  }
  const files = await readdir(join(folder, language), { recursive: true });
  return files.filter((file) => endings.test(file)).map((file) => join(folder, language, file));
}

/** The C skeleton, and the header for a second BPF source. */
const withBpfHeader: Emit = async (layout, options) =>
  (await c.emit(layout, options)).add(`${layout.object.name}.lbc.h`, c.emitBpfHeader(layout, options));

/** What a formatter would change, or its complaint; "" where it has none. */
async function complaints(command: string, ...args: readonly string[]): Promise<string> {
  const { exitCode, all } = await execa(command, args, { cwd: root, all: true, reject: false });
  return exitCode === 0 ? "" : all;
}

test("rustfmt would change nothing, however long names are", { timeout: 3 * minutes }, async () => {
  expect(await complaints("rustfmt", "--edition", "2024", "--check", ...(await generate("rust", rust.emit, /\blib\.rs$/)))).toBe("");
});

test("gofmt would change nothing, however long names are", { timeout: 3 * minutes }, async () => {
  const { stdout } = await execa("gofmt", ["-d", ...(await generate("go", go.emit, /\.go$/))]);
  expect(stdout).toBe("");
});

test("ruff's formatter would change nothing, however long names are", { timeout: 3 * minutes }, async () => {
  const files = await generate("python", python.emit, /\.py$/);
  const ruff = join(root, ".lbc/venv/bin/ruff");
  expect(await complaints(ruff, "format", "--isolated", "--target-version", "py39", "--diff", ...files)).toBe("");
});

test("clang-format would change nothing, however long names are", { timeout: 3 * minutes }, async () => {
  const files = await generate("c", withBpfHeader, /\.h$/);
  await copyClangFormat();
  expect(await complaints("clang-format-19", "--dry-run", "-Werror", ...files)).toBe("");
});

test("clang-format would change nothing, whatever words of C++ and of others names are", { timeout: 3 * minutes }, async () => {
  const files: string[] = [];
  for (const fixture of typeFixtures) {
    const { name, read } = await fromDeclarations(await readFixture(fixture), "little", folder);
    for (const { path, content } of await withBpfHeader(read.layout, {
      object: new Uint8Array(8),
      source: `${name}.bpf.c`,
      version: "0.1.0",
    })) {
      await mkdir(join(folder, "c/types"), { recursive: true });
      files.push(join(folder, "c/types", path));
      await writeFile(join(folder, "c/types", path), content);
    }
  }
  await copyClangFormat();
  expect(await complaints("clang-format-19", "--dry-run", "-Werror", ...files)).toBe("");
});

async function copyClangFormat(): Promise<void> {
  await copyFile(join(root, ".clang-format"), join(folder, ".clang-format"));
  await copyFile(join(root, "generators/c/.clang-format"), join(folder, "c/.clang-format"));
}

test("Biome would change nothing with spaces for its tabs, however long names are", { timeout: 3 * minutes }, async () => {
  const files = await generate("typescript", typescript.emit, /\.ts$/);
  await writeFile(join(folder, "typescript/biome.json"), JSON.stringify({ root: true, formatter: { indentStyle: "space" } }));
  const biome = join(root, "node_modules/.bin/biome");
  expect(await complaints(biome, "format", "--config-path", join(folder, "typescript"), ...files)).toBe("");
});
