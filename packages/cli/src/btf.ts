import { btfIn } from "@lbc/build/btf";
import { readInput, runningKernel } from "@lbc/build/kernel";
import { LbcError } from "@lbc/core";
import { type Btf, BtfError, printRaw, readBtf } from "@lbc/core/btf";
import { printCBytes } from "@lbc/core/c-printer";
import { compileLightly, type Io } from "./io.ts";
import { type ExitCode, exitCodes, reportError } from "./report.ts";

export const btfFormats = ["c", "raw"] as const;
export type BtfFormat = (typeof btfFormats)[number];

export interface BtfDumpOptions {
  readonly format: BtfFormat;
  /** The BTF that a split BTF goes on from. */
  readonly base?: string;
}

const printers: Readonly<Record<BtfFormat, (btf: Btf) => Uint8Array>> = { c: printCBytes, raw: printRaw };

/** What the kernel shows of a module is split BTF. @see https://docs.kernel.org/bpf/btf.html#split-btf */
const kernelFolder = "/sys/kernel/btf/";

/** `lbc btf dump`: the types of an object or of a BTF file, as a C header or as a list. */
export async function dumpBtf(path: string, { format, base = impliedBase(path) }: BtfDumpOptions, io: Io): Promise<ExitCode> {
  compileLightly(io);
  try {
    const baseBtf = base === undefined ? null : await readBtfFile(base);
    const btf = await readBtfFile(path, baseBtf);
    io.stdout.write(naming(path, () => printers[format](btf)));
    return exitCodes.done;
  } catch (error) {
    return reportError(base === undefined ? askForBase(error) : error, io, false);
  }
}

/** The BTF in an ELF file (its section .BTF), or in a file that is nothing else. Throws BuildError, ElfError and BtfError that name the file. */
export async function readBtfFile(path: string, base: Btf | null = null): Promise<Btf> {
  const bytes = await readInput(path);
  return naming(path, () => readBtf(btfIn(bytes), { base }));
}

function impliedBase(path: string): string | undefined {
  return path.startsWith(kernelFolder) && path !== runningKernel ? runningKernel : undefined;
}

/** A split BTF that is read without its base refers to types and strings that are not there. */
function askForBase(error: unknown): unknown {
  if (!(error instanceof BtfError) || (error.code !== "type-id-out-of-range" && error.code !== "bad-string-offset")) return error;
  const hint = `the BTF of a kernel module needs its kernel's: --base ${runningKernel}`;
  return new BtfError(error.code, { ...error.place, message: error.message, hint, cause: error });
}

/** Errors of the core know no file names. */
function naming<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof LbcError ? error.in(path) : error;
  }
}
