import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { dirname, relative, resolve, sep } from "node:path";
import { headersFolder, isMadeHeader, libbpfFolder } from "@lbc/build";

/** Where packages of the system are: Debian's and Fedora's, and those of Nix. */
const systemFolders = ["/usr", "/nix/store"];
/** clang's own headers, such as stdbool.h, wherever clang is. */
const ofClang = /\/lib(64)?\/clang\/[^/]+\/include\//;

/**
 * What a program's author wrote, of all files that a compilation read: the source, and the headers that belong neither to the system nor
 * to clang, libbpf, lbc or another package.
 */
export async function ownSources(source: string, dependencies: readonly string[]): Promise<string[]> {
  const below = (folder: string) => (path: string) => path.startsWith(`${folder}${sep}`);
  const own = below(dirname(resolve(source)));
  const others = [...systemFolders, (await libbpfFolder()) ?? "/usr"].map(below);
  const inHeaders = below(resolve(headersFolder()));
  const isLbcs = (path: string) => inHeaders(path) || isMadeHeader(path);
  const isOthers = (path: string) => !own(path) && (ofClang.test(path) || others.some((holds) => holds(path)));
  return dependencies.filter((path) => !isOthers(path) && !isLbcs(path) && !path.includes(`${sep}node_modules${sep}`));
}

/** SHA-256 sums, one line a file, as `sha256sum --check` reads them in the folder `from`. @see coreutils, sha256sum(1) */
export async function sumsOf(files: readonly string[], from: string): Promise<string> {
  const lines = files.map(async (file) => {
    const sum = createHash("sha256").update(await readFile(file));
    return `${sum.digest("hex")}  ${relative(from, resolve(file))}\n`;
  });
  return (await Promise.all(lines)).sort((a, b) => (a.slice(64) < b.slice(64) ? -1 : 1)).join("");
}
