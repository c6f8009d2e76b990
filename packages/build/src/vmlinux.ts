import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { release, tmpdir } from "node:os";
import { join, sep } from "node:path";
import { LbcError } from "@lbc/core";
import { cacheFolder, isKeptHeader, writeWhole } from "./cache.ts";
import { BuildError } from "./errors.ts";
import { readInput } from "./files.ts";
import { version } from "./version.ts";

/** BTF of the running kernel. @see https://docs.kernel.org/bpf/btf.html */
export const runningKernel = "/sys/kernel/btf/vmlinux";

/** Folders of headers that the cache had no place for, by content. */
const unkept = new Map<string, string>();

/**
 * A folder that holds the vmlinux.h of a kernel's BTF (a BTF file, or an ELF file with BTF), for clang's include path; made once for each
 * content and kept in the user's cache; where that cannot be written, in a temporary folder until this process ends. Throws BuildError
 * `vmlinux-unavailable`, and LbcError where the file is damaged.
 */
export async function vmlinuxFolder(btf: string = runningKernel): Promise<string> {
  const headers = join(cacheFolder(), "vmlinux");
  const running = btf === runningKernel ? await identifyKernel(headers) : undefined;
  const known = running === undefined ? undefined : await knownFolder(headers, running);
  if (known !== undefined) return known;
  const bytes = btf === runningKernel ? await readRunningKernel() : await readInput(btf);
  const content = await digest(version, bytes);
  const header = join(headers, content, "vmlinux.h");
  if (!existsSync(header)) {
    const before = unkept.get(content);
    if (before !== undefined && existsSync(join(before, "vmlinux.h"))) return before;
    const text = await printHeader(btf, bytes);
    const written = await writeWhole(header, text).catch((cause: Error) => cause);
    if (written instanceof Error) return writeUnkept(content, text, cannotWrite(header, written));
  }
  // without the note, the kernel's BTF is read again the next time
  if (running !== undefined) await writeWhole(running.note, JSON.stringify({ kernel: running.identity, content })).catch(() => undefined);
  return join(headers, content);
}

/** Whether a file is a header that lbc made of a kernel's BTF. */
export const isMadeHeader = (file: string): boolean =>
  isKeptHeader(file) || [...unkept.values()].some((folder) => file.startsWith(`${folder}${sep}`));

/** A temporary folder with a header, for this process. Throws `problem` where there can be none. */
function writeUnkept(content: string, text: Uint8Array, problem: BuildError): string {
  try {
    const folder = mkdtempSync(join(tmpdir(), "lbc-vmlinux-"));
    process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
    writeFileSync(join(folder, "vmlinux.h"), text);
    unkept.set(content, folder);
    return folder;
  } catch {
    throw problem;
  }
}

function cannotWrite(file: string, cause: Error): BuildError {
  const hint = "check that the folder can be written and the disk is not full; XDG_CACHE_HOME names another";
  return new BuildError("cannot-write", { file, message: `cannot write: ${cause.message}`, hint, cause });
}

async function readRunningKernel(): Promise<Uint8Array> {
  return readFile(runningKernel).catch((cause) => {
    throw new BuildError("vmlinux-unavailable", {
      file: runningKernel,
      message: "cannot read the kernel's BTF",
      hint: "the kernel needs CONFIG_DEBUG_INFO_BTF; or name a BTF file: --btf FILE",
      cause,
    });
  });
}

/** Reading BTF is imported when a header is made for the first time: a build needs it once for each kernel. */
async function printHeader(file: string, bytes: Uint8Array): Promise<Uint8Array> {
  const [{ btfIn }, { readBtf }, { printCBytes }] = await Promise.all([
    import("./btf-file.ts"),
    import("@lbc/core/btf"),
    import("@lbc/core/c-printer"),
  ]);
  try {
    return printCBytes(readBtf(btfIn(bytes)));
  } catch (error) {
    throw error instanceof LbcError ? error.in(file) : error;
  }
}

/** Which kernel runs, by its build id, and where what is known of it stands; undefined where the kernel does not tell its build id. */
interface RunningKernel {
  readonly identity: string;
  readonly note: string;
}

/** @see https://docs.kernel.org/admin-guide/abi-testing.html */
async function identifyKernel(headers: string): Promise<RunningKernel | undefined> {
  try {
    const notes = await readFile("/sys/kernel/notes", "base64");
    return {
      identity: JSON.stringify([statSync(runningKernel).size, notes]),
      note: join(headers, `running-${version}-${release()}.json`),
    };
  } catch {
    return undefined;
  }
}

/** The folder of the running kernel's header, so that its BTF of several megabytes need not be read each time; undefined where it has none. */
async function knownFolder(headers: string, { identity, note }: RunningKernel): Promise<string | undefined> {
  try {
    const known: { kernel: string; content: string } = JSON.parse(await readFile(note, "utf8"));
    const folder = join(headers, known.content);
    return known.kernel === identity && existsSync(join(folder, "vmlinux.h")) ? folder : undefined;
  } catch {
    return undefined;
  }
}

/** A name by content. Node's library for it takes longer to import than the rest of a build that finds its header, so that only a new one does. */
async function digest(...parts: readonly (string | Uint8Array)[]): Promise<string> {
  const { createHash } = await import("node:crypto");
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part).update("\n");
  return hash.digest("hex").slice(0, 16);
}
