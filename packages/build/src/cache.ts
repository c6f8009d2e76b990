import type { Hash } from "node:crypto";
import { existsSync, statSync } from "node:fs";
import { readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join, sep } from "node:path";
import { makeFolder } from "./folders.ts";

/** Where lbc keeps what it can make again: `$XDG_CACHE_HOME/lbc`, or ~/.cache/lbc. Removing it costs time only. */
export function cacheFolder(environment: NodeJS.ProcessEnv = process.env): string {
  const chosen = environment["XDG_CACHE_HOME"];
  return join(chosen === undefined || chosen === "" ? join(homedir(), ".cache") : chosen, "lbc");
}

/** Writes a file whole or not at all: under another name first, which no other writer has, in this process or another. */
export async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  await makeFolder(dirname(path));
  const staging = `${path}.${Math.random().toString(36).slice(2, 10)}`;
  try {
    await writeFile(staging, content);
    await rename(staging, path);
  } catch (error) {
    await rm(staging, { force: true });
    throw error;
  }
}

/** What a compilation gives, and the files that it read. */
export interface CacheEntry {
  readonly object: Uint8Array;
  /** What the compiler said, such as warnings. */
  readonly diagnostics: string;
  readonly dependencies: readonly string[];
}

/** What is known of a request from the last time: the files that were read, and where else a file was there or was not. */
interface Manifest {
  /** As two of them may share the name of a file. */
  readonly request: string;
  readonly dependencies: readonly string[];
  readonly present: readonly string[];
  readonly absent: readonly string[];
}

/** Of a result in the cache; see {@link ObjectCache.place}. */
export interface CachePlace {
  readonly manifest: Manifest;
  /** Tells the content of everything that went into it. */
  readonly key: string;
}

/**
 * Compiled objects by the content of everything that went into them. Which files a compilation reads is known once it was done: a
 * manifest, found by what was asked for, lists those of the last time, and their content finds the object, as long as nothing has come or
 * gone where the compiler may have looked for another file.
 */
export class ObjectCache {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The result for a request (options, tools, path of the source); undefined where anything that it read has changed. */
  async find(request: string): Promise<CacheEntry | undefined> {
    try {
      const manifest: Manifest = JSON.parse(await readFile(this.#manifest(request), "utf8"));
      const { dependencies, present, absent } = manifest;
      if (manifest.request !== request) return undefined;
      if (absent.some((path) => existsSync(path)) || !present.every((path) => existsSync(path))) return undefined;
      const entry = this.#entry(await contentKey(manifest));
      const [object, diagnostics] = await Promise.all([readFile(`${entry}.o`), readFile(`${entry}.txt`, "utf8")]);
      return { object, diagnostics, dependencies };
    } catch {
      // Not there, or damaged: it is made again.
      return undefined;
    }
  }

  /**
   * Where the result of a compilation is to be kept, which can be found out before the result is there. `started` is when the compilation
   * began, in ms since the epoch: where a file changed after that, its content may not be what the compiler read, and nothing is kept:
   * undefined. `candidates` are the paths at which the compiler may have looked for other files. Throws where a file is gone.
   */
  async place(
    request: string,
    dependencies: readonly string[],
    started: number,
    candidates: readonly string[] = [],
  ): Promise<CachePlace | undefined> {
    const [present, absent]: [string[], string[]] = [[], []];
    for (const path of candidates) (existsSync(path) ? present : absent).push(path);
    const manifest: Manifest = { request, dependencies, present, absent };
    const key = await contentKey(manifest);
    // asked after the contents were read: they are what the compiler read as well
    for (const file of dependencies) if (statSync(file).mtimeMs >= started) return undefined;
    for (const path of present) if (statSync(path).ctimeMs >= started) return undefined;
    return { manifest, key };
  }

  /** Keeps a result, but where the cache cannot be written: the build is done without it. */
  async keep({ manifest, key }: CachePlace, { object, diagnostics }: CacheEntry): Promise<void> {
    const entry = this.#entry(key);
    try {
      await Promise.all([writeWhole(`${entry}.txt`, diagnostics), writeWhole(`${entry}.o`, object)]);
      await writeWhole(this.#manifest(manifest.request), JSON.stringify(manifest));
    } catch {
      // A cache that is full or read-only makes the next build slower, not this one wrong.
    }
  }

  #manifest(request: string): string {
    return join(this.#folder, "manifests", `${shortHash(request)}.json`);
  }

  #entry(key: string): string {
    return join(this.#folder, "objects", key);
  }
}

/** FNV-1a. Importing a library for a better one would keep clang waiting, and the manifest tells what was asked for. */
function shortHash(text: string): string {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, "0");
}

async function contentKey({ request, dependencies: files, present }: Manifest): Promise<string> {
  const { createHash } = await import("node:crypto");
  const hash = createHash("sha256").update(request).update(JSON.stringify(present));
  const contents = await Promise.all(files.map((file) => contentOf(file)));
  for (const [index, content] of contents.entries()) addFramed(hash.update(`\n${files[index]}\n`), content);
  return hash.digest("hex");
}

/** Whether a file is a vmlinux.h of lbc's own: its folder is named after its content, and it includes nothing. */
export const isKeptHeader = (file: string): boolean => file.startsWith(join(cacheFolder(), "vmlinux", sep));

async function contentOf(file: string): Promise<Uint8Array> {
  if (isKeptHeader(file)) {
    await stat(file);
    return new Uint8Array();
  }
  return readFile(file);
}

/** With its length, so that no two lists of files are one string of bytes. */
const addFramed = (hash: Hash, content: Uint8Array): Hash => hash.update(`${content.length}\n`).update(content);
