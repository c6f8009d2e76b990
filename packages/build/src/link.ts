import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ErrorDetails } from "@lbc/core";
import { findProgram } from "./clang.ts";
import { BuildError } from "./errors.ts";
import { refuseOtherEvents } from "./link-events.ts";
import { run } from "./run.ts";
import { inScratchFolder } from "./scratch-folder.ts";

/** Debian keeps it where only root's PATH looks. */
const adminFolders = ["/usr/sbin", "/sbin", "/usr/local/sbin"];

/** The bpftool to use: `$LBC_BPFTOOL`, else that of the PATH or of /usr/sbin; undefined where there is none. */
export function findBpftool(environment: NodeJS.ProcessEnv = process.env): string | undefined {
  const chosen = environment["LBC_BPFTOOL"];
  return chosen !== undefined && chosen !== "" ? chosen : findProgram(["bpftool"], environment, adminFolders);
}

/**
 * Links objects into one: externs find their definitions, maps and sections are merged. Throws BuildError `bpftool-not-found`, and
 * `link-failed` with the linker's
 * words, or where the event types of a map differ, which the linker does not look at. Throws ElfError, BtfError and ObjectError.
 * @see https://docs.kernel.org/bpf/libbpf/libbpf_overview.html
 */
export async function linkObjects(objects: readonly { readonly name: string; readonly bytes: Uint8Array }[]): Promise<Uint8Array> {
  refuseOtherEvents(objects);
  const bpftool = findBpftool();
  if (bpftool === undefined) throw noBpftool("which is not on the PATH");
  return inScratchFolder("link", async (folder) => {
    const output = join(folder, "linked.bpf.o");
    const inputs = objects.map((_, index) => join(folder, `${index}.bpf.o`));
    for (const [index, { bytes }] of objects.entries()) await writeFile(inputs[index] as string, bytes);
    const { exitCode, stderr } = await run(bpftool, ["gen", "object", output, ...inputs]);
    if (exitCode === null) throw noBpftool(`which cannot be run: ${stderr}`);
    if (exitCode !== 0) throw new BuildError("link-failed", linkFailure(stderr, inputs, objects));
    return await readFile(output);
  });
}

function noBpftool(why: string): BuildError {
  const hint = "install it: apt-get install bpftool (Debian), linux-tools-generic (Ubuntu), dnf install bpftool (Fedora)";
  return new BuildError("bpftool-not-found", { message: `several objects are linked by bpftool, ${why}`, hint });
}

/** The linker's words about the copies, told of the files that the user named. */
function linkFailure(said: string, copies: readonly string[], objects: readonly { readonly name: string }[]): ErrorDetails {
  const message = copies.reduce((text, copy, index) => text.replaceAll(copy, objects[index]?.name ?? copy), said).trim();
  const hint =
    "a map or global that two sources share has one definition, the others declare it: extern LBC_RINGBUF(events, struct event, 4096)";
  return { message: `the objects cannot be linked: ${message}`, hint };
}
