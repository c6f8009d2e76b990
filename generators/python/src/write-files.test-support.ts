import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { FileSet } from "@lbc/emit";

/** Writes a generator's output below a folder. */
export async function writeFiles(folder: string, files: FileSet): Promise<void> {
  for (const { path, content } of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
}
