import { mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Makes a folder and those above it, and gives the first that was made; undefined where it is there, or another process made it first.
 * Node's own recursive mkdir never ends where a folder takes no others, as /proc does.
 */
export async function makeFolder(path: string): Promise<string | undefined> {
  try {
    return await makeOne(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    const parent = dirname(path);
    // where it is there now, another process has made it since
    const first = (await isFolder(parent)) ? undefined : await makeFolder(parent);
    const last = await makeOne(path);
    return first ?? last;
  }
}

/** Undefined where the folder is there. */
async function makeOne(path: string): Promise<string | undefined> {
  try {
    await mkdir(path);
    return path;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST" && (await isFolder(path))) return undefined;
    throw error;
  }
}

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (info) => info.isDirectory(),
    () => false,
  );
