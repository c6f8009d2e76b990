import { mkdir, readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { compile } from "@lbc/build";
import { type Endianness, endiannesses } from "../fixtures.ts";
import { readFixture, typeFixtures } from "./declarations.ts";
import { fromDeclarations } from "./prepare.ts";

const fixtures = fileURLToPath(new URL("../../fixtures", import.meta.url));
const headers = join(fixtures, "layout");

/** BPF sources of whole objects, one idea a file: names, sections, maps, kernel-owned fields; those with a golden layout included. */
export const objectFixtures: readonly string[] = (
  await Promise.all(["layout", "objects"].map(async (folder) => (await readdir(join(fixtures, folder))).map((file) => join(folder, file))))
)
  .flat()
  .filter((file) => file.endsWith(".bpf.c"))
  .sort();

/** Compiles {@link objectFixtures} in each byte order, into a folder for each; the paths of the objects, named as their sources are. */
export async function compileObjectFixtures(folder: string, orders: readonly Endianness[] = endiannesses): Promise<string[]> {
  const objects: string[] = [];
  for (const endianness of orders) {
    await mkdir(join(folder, endianness), { recursive: true });
    for (const source of objectFixtures) {
      const output = join(folder, endianness, basename(source).replace(/\.c$/, ".o"));
      await compile({ source: join(fixtures, source), output, endianness, includes: [headers] });
      objects.push(output);
    }
  }
  return objects;
}

/** Compiles all fixtures, declarations of types included, in each byte order: into a folder for each. */
export async function compileFixtures(folder: string, orders: readonly Endianness[] = endiannesses): Promise<void> {
  await compileObjectFixtures(folder, orders);
  for (const endianness of orders) {
    for (const name of typeFixtures) await fromDeclarations(await readFixture(name), endianness, join(folder, endianness));
  }
}
