import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { BuildError, refuseInput, runningKernel, vmlinuxFolder, writeOutput } from "@lbc/build/kernel";
import type { Btf } from "@lbc/core/btf";
import { compileLightly, type Io } from "./io.ts";
import { type ExitCode, exitCodes, reportError } from "./report.ts";

export interface VmlinuxOptions {
  /** A BTF file, or an ELF file with BTF; the running kernel's by default. */
  readonly btf?: string;
  /** Standard output by default. */
  readonly output?: string;
  /** Types to print, with what they contain; all by default. */
  readonly only?: readonly string[];
}

/** `lbc vmlinux`: the types of a kernel as a C header. */
export async function vmlinux(options: VmlinuxOptions, io: Io): Promise<ExitCode> {
  const { output, btf } = options;
  try {
    if (output !== undefined && btf !== undefined) await refuseInput(output, [btf]);
    const header = await headerOf(options, io);
    if (output === undefined) io.stdout.write(header);
    else await writeOutput(output, header);
    return exitCodes.done;
  } catch (error) {
    return reportError(error, io, false);
  }
}

async function headerOf({ btf, only }: VmlinuxOptions, io: Io): Promise<Uint8Array> {
  if (only === undefined) return btf === undefined ? await runningKernelHeader(io) : await printed(btf, io);
  const { onlyTypes } = await import("@lbc/build");
  return printed(btf ?? runningKernel, io, (all) => onlyTypes(all, only));
}

/** The printer is imported where there is something to print: most headers are kept. */
async function printed(file: string, io: Io, select = (all: Btf) => all): Promise<Uint8Array> {
  const [{ readBtfFile }, { printCBytes }] = await Promise.all([import("./btf.ts"), import("@lbc/core/c-printer")]);
  compileLightly(io);
  return printCBytes(select(await readBtfFile(file)));
}

/** The one that `lbc build` compiles with: made once for a kernel, and kept. */
async function runningKernelHeader(io: Io): Promise<Uint8Array> {
  try {
    return await readFile(join(await vmlinuxFolder(), "vmlinux.h"));
  } catch (error) {
    // Without a cache the header is only slower.
    if (error instanceof BuildError && error.code === "cannot-write") return printed(runningKernel, io);
    throw error;
  }
}
