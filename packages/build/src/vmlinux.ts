import { createHash } from "node:crypto";
import { existsSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { release } from "node:os";
import { join } from "node:path";
import { LbcError } from "@lbc/core";
import { cacheFolder, writeWhole } from "./cache.ts";
import { BuildError } from "./errors.ts";
import { readInput } from "./files.ts";
import { version } from "./version.ts";

/** BTF of the running kernel. @see https://docs.kernel.org/bpf/btf.html */
export const runningKernel = "/sys/kernel/btf/vmlinux";

/**
 * A folder that holds the vmlinux.h of a kernel's BTF (a BTF file, or an ELF file with BTF), for clang's include path; made once for each
 * content and kept in the user's cache. Throws BuildError `vmlinux-unavailable`, and LbcError where the file is damaged.
 */
export async function vmlinuxFolder(btf: string = runningKernel): Promise<string> {
  const headers = join(cacheFolder(), "vmlinux");
  const known = btf === runningKernel ? await runningKernelNote(headers) : undefined;
  if (known !== undefined) {
    const content = await readFile(known, "utf8").catch(() => "");
    if (content !== "" && existsSync(join(headers, content, "vmlinux.h"))) return join(headers, content);
  }
  const bytes = btf === runningKernel ? await readRunningKernel() : await readInput(btf);
  const content = digest(version, bytes);
  const header = join(headers, content, "vmlinux.h");
  try {
    if (!existsSync(header)) await writeWhole(header, await printHeader(btf, bytes));
    if (known !== undefined) await writeWhole(known, content);
  } catch (cause) {
    if (!(cause instanceof Error && "syscall" in cause)) throw cause;
    const hint = "check that the folder can be written and the disk is not full; XDG_CACHE_HOME names another";
    throw new BuildError("cannot-write", { file: header, message: `cannot write: ${cause.message}`, hint, cause });
  }
  return join(headers, content);
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

/**
 * The file that says which folder is the running kernel's, named after the kernel's build id, so that its BTF of several megabytes need not
 * be read each time; undefined where the kernel does not tell its build id. @see https://docs.kernel.org/admin-guide/abi-testing.html
 */
async function runningKernelNote(headers: string): Promise<string | undefined> {
  try {
    const notes = await readFile("/sys/kernel/notes");
    return join(headers, `running-${digest(version, release(), String(statSync(runningKernel).size), notes)}`);
  } catch {
    return undefined;
  }
}

function digest(...parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part).update("\n");
  return hash.digest("hex").slice(0, 16);
}
