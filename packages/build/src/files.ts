import { createReadStream, readFileSync } from "node:fs";
import { mkdtemp, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { FileSet } from "@lbc/emit";
import { writeWhole } from "./cache.ts";
import { BuildError } from "./errors.ts";
import { makeFolder } from "./folders.ts";

/** A BPF object is rarely above a megabyte; what is far larger is a mistake, and is refused before it is read into memory. */
const largestObject = 256 * 1024 * 1024;

const readHints: Readonly<Record<string, string>> = {
  ENOENT: "check the spelling of the path",
  EISDIR: "name an object file, not a folder",
  EFIFO: "it may have no writer, and would be waited for without end: give it as /dev/stdin, with < before it",
  EACCES: "you have no permission to read it; check its owner and mode",
};

const fileForFolder = "a file stands where a folder has to be: remove it, or name another folder";
const writeHints: Readonly<Record<string, string>> = {
  EEXIST: fileForFolder,
  ENOTDIR: fileForFolder,
  EISDIR: "a folder stands where a file has to be: remove it, or name another place",
};

/** Reads an input file. Throws BuildError `cannot-read` with a hint for what is missing, not permitted, a folder, or far too large. */
export async function readInput(path: string): Promise<Uint8Array> {
  try {
    const info = await stat(path);
    if (info.isDirectory()) throw Object.assign(new Error("is a directory"), { code: "EISDIR" });
    if (info.size > largestObject) throw tooLarge();
    // Nothing else is to be done meanwhile, and the threads of the promises take twice as long over a kernel's BTF.
    if (info.isFile()) return readFileSync(path);
    if (info.isFIFO() && !isOpen(path)) throw Object.assign(new Error("is a named pipe"), { code: "EFIFO" });
    return await readStream(path);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    throw new BuildError("cannot-read", { file: path, message: `cannot read: ${message}`, hint: readHints[code ?? ""], cause });
  }
}

/** Whether a path means a file that a process has open already: /dev/stdin, /dev/fd/63 as shells give it. */
const isOpen = (path: string): boolean => /^\/(dev\/(stdin|fd\/)|proc\/)/.test(path);

/** Reads a pipe or a device, which tells no size: it may never end. */
async function readStream(path: string): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > largestObject) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const tooLarge = () => Object.assign(new Error(`is larger than ${largestObject} bytes`), { code: "EFBIG" });

/**
 * Refuses to write over what is read, by whatever name it goes: a source would be lost. Throws BuildError `output-is-input`; devices, such
 * as /dev/stdout, are no such file.
 */
export async function refuseInput(output: string, inputs: readonly string[]): Promise<void> {
  const target = await stat(output).catch(() => undefined);
  if (target === undefined || !target.isFile()) return;
  for (const input of inputs) {
    const info = await stat(input).catch(() => undefined);
    if (info?.ino !== target.ino || info.dev !== target.dev) continue;
    const message = input === output ? "the output would replace what is read" : `the output would replace ${input}, which is read`;
    throw new BuildError("output-is-input", { file: output, message, hint: "name another file to write to" });
  }
}

/**
 * Writes one file whole or not at all; its folder is made where it is missing. A device or a pipe, such as /dev/stdout, is written to.
 * Throws BuildError `cannot-write`.
 */
export async function writeOutput(path: string, content: Uint8Array): Promise<void> {
  try {
    await refuseFolder(path);
    const info = await stat(path).catch(() => undefined);
    // a rename would put a file in the place of the device
    await (info === undefined || info.isFile() ? writeWhole(path, content) : writeFile(path, content));
  } catch (cause) {
    throw cannotWrite(path, cause);
  }
}

/**
 * Writes all files or none: they are made in a hidden folder inside `folder` and renamed into place once the last one is
 * complete. Other files in `folder` stay. Returns the paths written, sorted. Throws BuildError `cannot-write`.
 */
export async function writeFiles(files: FileSet, folder: string): Promise<string[]> {
  let staging: string | undefined;
  let created: string | undefined;
  try {
    created = await makeFolder(folder);
    staging = await mkdtemp(join(folder, ".lbc-"));
    for (const { path, content } of files) {
      await makeFolder(dirname(join(staging, path)));
      await writeFile(join(staging, path), content);
    }
    for (const { path } of files) await refuseFolder(join(folder, path));
    const written: string[] = [];
    for (const { path } of files) {
      const target = join(folder, path);
      await makeFolder(dirname(target));
      await rename(join(staging, path), target);
      written.push(target);
    }
    created = undefined;
    return written;
  } catch (cause) {
    throw cannotWrite(folder, cause);
  } finally {
    if (staging !== undefined) await rm(staging, { recursive: true, force: true });
    if (created !== undefined) await rm(created, { recursive: true, force: true });
  }
}

/** Before anything is put in place: a folder there would stop the renaming half-way. */
async function refuseFolder(path: string): Promise<void> {
  const info = await stat(path).catch(() => undefined);
  if (info?.isDirectory() === true) throw Object.assign(new Error(`${path} is a folder`), { code: "EISDIR" });
}

function cannotWrite(file: string, cause: unknown): BuildError {
  const { code } = cause as NodeJS.ErrnoException;
  const hint = writeHints[code ?? ""] ?? "check that the folder can be written and the disk is not full";
  return new BuildError("cannot-write", { file, message: `cannot write: ${(cause as Error).message}`, hint, cause });
}
