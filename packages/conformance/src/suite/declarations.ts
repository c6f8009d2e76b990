import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Declarations } from "./prepare.ts";

const folder = fileURLToPath(new URL("../../fixtures/types", import.meta.url));
/** Where the types of fixtures are, such as u32. */
const headers = fileURLToPath(new URL("../../fixtures/layout", import.meta.url));

/** The hand-written declarations by name, one idea a file. */
export const typeFixtures: readonly string[] = (await readdir(folder))
  .filter((file) => file.endsWith(".c"))
  .map((file) => basename(file, ".c"))
  .sort();

/** A fixture: every struct, union and typedef that begins at the start of a line is a root, unless the line above says `not a root`. */
export async function readFixture(name: string): Promise<Declarations> {
  const text = await readFile(join(folder, `${name}.c`), "utf8");
  return { name: name.replaceAll("-", "_"), text, roots: rootsIn(text), includes: [headers] };
}

/** Definitions at file level, which the fixtures write as the kernel does: `struct name {`, and `} name;` at the end of a typedef. */
export function rootsIn(text: string): string[] {
  const lines = text.split("\n");
  return lines.flatMap((line, index) => {
    if (lines[index - 1]?.includes("not a root")) return [];
    const tagged = /^(struct|union) (\S+) \{/.exec(line);
    if (tagged !== null) return [`${tagged[1]} ${tagged[2]}`];
    const named = /^\}.* (\w+);$/.exec(line);
    return named === null || !inTypedef(lines, index) ? [] : [named[1] ?? ""];
  });
}

/** Whether the definition that ends at a line began with `typedef`. */
function inTypedef(lines: readonly string[], end: number): boolean {
  const start = lines.slice(0, end).findLast((line) => line.endsWith("{") && !/^\s/.test(line));
  return start?.startsWith("typedef") ?? false;
}
