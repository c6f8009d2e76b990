import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { findSection, readElf } from "@lbc/core/elf";
import { type Layout, resolveLayout } from "@lbc/core/layout";
import { readObject } from "@lbc/core/object";
import { execa } from "execa";
import { emit } from "./index.ts";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const golbc = here("../../../packages/golbc");

export type Endianness = "bpfel" | "bpfeb";

/** Compiles C for BPF. */
export async function compileObject(source: string, object: string, endianness: Endianness): Promise<Uint8Array> {
  await execa("clang-19", ["-target", endianness, "-g", "-O2", "-c", source, "-o", object]);
  return new Uint8Array(await readFile(object));
}

export const layoutOf = (object: Uint8Array, name: string): Layout => resolveLayout(readObject(readElf(object)), { name });

/** What clang wrote into a section. */
export function sectionBytes(object: Uint8Array, name: string): Uint8Array {
  const section = findSection(readElf(object), name);
  if (section === undefined || section === null) throw new Error(`no section ${name}`);
  return section.data;
}

/** Writes the package of an object into a folder. */
export async function writePackage(object: Uint8Array, name: string, folder: string): Promise<void> {
  for (const { path, content } of await emit(layoutOf(object, name), { object, source: `${name}.bpf.o`, version: "0.0.0" })) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
}

/** A module that uses the golbc beside this folder, with the versions that golbc has. */
export async function writeModule(folder: string): Promise<void> {
  const required = await readFile(join(golbc, "go.mod"), "utf8");
  const name = "github.com/lbc-dev/lbc/packages/golbc";
  const own = required.replace(`module ${name}`, "module generated");
  await writeFile(join(folder, "go.mod"), `${own}\nrequire ${name} v0.0.0\n\nreplace ${name} => ${JSON.stringify(golbc)}\n`);
  await writeFile(join(folder, "go.sum"), await readFile(join(golbc, "go.sum")));
}

/** What a command of Go's tools says in a folder; "" where it is content. */
export async function complaints(folder: string, command: string, ...args: readonly string[]): Promise<string> {
  const { exitCode, all } = await execa(command, args, { cwd: folder, all: true, reject: false });
  return exitCode === 0 && command === "go" ? "" : all;
}
