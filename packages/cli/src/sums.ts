import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { dirname, relative, resolve, sep } from "node:path";
import { headersFolder } from "@lbc/build";

/** What a program's author wrote, of all files that a compilation read: the source and the headers in its folder and below. */
export function ownSources(source: string, dependencies: readonly string[]): string[] {
  const below = (folder: string) => (path: string) => path.startsWith(`${folder}${sep}`);
  const [own, ofLbc] = [below(dirname(resolve(source))), below(headersFolder())];
  return dependencies.filter((path) => own(path) && !ofLbc(path) && !path.includes(`${sep}node_modules${sep}`));
}

/** SHA-256 sums, one line a file, as `sha256sum --check` reads them in the folder `from`. @see coreutils, sha256sum(1) */
export async function sumsOf(files: readonly string[], from: string): Promise<string> {
  const lines = files.map(async (file) => {
    const sum = createHash("sha256").update(await readFile(file));
    return `${sum.digest("hex")}  ${relative(from, resolve(file))}\n`;
  });
  return (await Promise.all(lines)).sort((a, b) => (a.slice(64) < b.slice(64) ? -1 : 1)).join("");
}
