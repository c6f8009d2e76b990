import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { compile } from "@lbc/build";
import { readElf } from "@lbc/core/elf";
import { type Layout, resolveLayout } from "@lbc/core/layout";
import { type BpfObject, readObject } from "@lbc/core/object";

export const endiannesses = ["little", "big"] as const;
export type Endianness = (typeof endiannesses)[number];

const folder = fileURLToPath(new URL("../fixtures/layout", import.meta.url));

/** The layout fixtures by name, one idea each. */
export const layoutFixtures: readonly string[] = (await readdir(folder))
  .filter((file) => file.endsWith(".bpf.c"))
  .map((file) => basename(file, ".bpf.c"))
  .sort();

/** The C text of a layout fixture. */
export const fixtureSource = (name: string): Promise<string> => readFile(join(folder, `${name}.bpf.c`), "utf8");

/** Compiles C text that may include the layout fixtures; the object as lbc reads it. */
export async function compileText(input: string, endianness: Endianness): Promise<BpfObject> {
  const scratch = await mkdtemp(join(tmpdir(), "lbc-layout-"));
  try {
    const output = join(scratch, "fixture.bpf.o");
    await compile({ source: "-", input, output, endianness, includes: [folder] });
    return readObject(readElf(await readFile(output)));
  } finally {
    await rm(scratch, { recursive: true });
  }
}

export const includeFixture = (name: string): string => `#include "${name}.bpf.c"\n`;

export async function fixtureLayout(name: string, endianness: Endianness): Promise<Layout> {
  return resolveLayout(await compileText(includeFixture(name), endianness), { name });
}
