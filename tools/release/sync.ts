import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { root } from "../paths.ts";

const runtimeLicences = ["LICENSE-APACHE", "LICENSE-MIT"];

/** Packages that carry the BPF headers, and the folder in each. */
const headerFolders = [
  "packages/rlbc/include",
  "packages/golbc/include",
  "packages/pylbc/python/pylbc/include",
  "packages/clbc/include/lbc",
  "packages/runtime/include",
];

/** Files of other ecosystems that repeat a version, and the line that does. */
const versionLines: readonly { readonly file: string; readonly package: string; readonly line: RegExp }[] = [
  { file: "packages/rlbc/Cargo.toml", package: "packages/rlbc", line: /^(version = ")[^"]*(")/m },
  { file: "packages/pylbc/Cargo.toml", package: "packages/pylbc", line: /^(version = ")[^"]*(")/m },
  { file: "packages/pylbc/Cargo.toml", package: "packages/rlbc", line: /^(rlbc = \{ version = "=)[^"]*(")/m },
  { file: "packages/pylbc/pyproject.toml", package: "packages/pylbc", line: /^(version = ")[^"]*(")/m },
];

/** Copies what every released package carries into it: licences and BPF headers. The copies are ignored by git. */
export async function copyShared(): Promise<void> {
  const headers = (await readdir(join(root, "lbc-headers"))).filter((name) => name.endsWith(".h"));
  for (const folder of headerFolders) {
    await rm(join(root, folder), { recursive: true, force: true });
    await mkdir(join(root, folder), { recursive: true });
    for (const name of [...headers, "LICENSE-BSD", "LICENSE-GPL"]) await cp(join(root, "lbc-headers", name), join(root, folder, name));
  }
  for (const folder of await releasedFolders()) {
    if (folder !== "lbc-headers") for (const name of runtimeLicences) await cp(join(root, name), join(root, folder, name));
  }
}

/** Every folder with a package that is released, npm's or another ecosystem's. */
export async function releasedFolders(): Promise<string[]> {
  const folders = ["lbc-headers"];
  for (const parent of ["packages", "generators"]) {
    for (const name of await readdir(join(root, parent))) if (name !== "conformance") folders.push(join(parent, name));
  }
  return folders;
}

/** Writes each version that changesets chose into the files of the other ecosystems. Returns the files that were not up to date. */
export async function syncVersions(write: boolean): Promise<string[]> {
  const stale: string[] = [];
  for (const { file, package: folder, line } of versionLines) {
    const { version } = JSON.parse(await readFile(join(root, folder, "package.json"), "utf8")) as { version: string };
    const text = await readFile(join(root, file), "utf8");
    if (!line.test(text)) throw new Error(`${file} holds no version line`);
    const synced = text.replace(line, `$1${version}$2`);
    if (synced === text) continue;
    stale.push(file);
    if (write) {
      await writeFile(join(root, file), synced);
    }
  }
  return stale;
}

if (import.meta.main) {
  const stale = await syncVersions(true);
  await copyShared();
  for (const file of stale) console.log(`release: wrote the version into ${file}`);
}
