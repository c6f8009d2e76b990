import { existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { BuildError, CompileError } from "./errors.ts";
import { plainText } from "./plain-text.ts";
import { run } from "./run.ts";
import { hostTarget, type Target } from "./targets.ts";

/** Newest first; plain `clang` last, because on Debian 12 it is 14. */
const candidates = ["clang-22", "clang-21", "clang-20", "clang-19", "clang-18", "clang-17", "clang-16", "clang-15", "clang-14", "clang"];

/** Where Debian keeps the headers of one machine, such as <asm/errno.h>, which clang does not search for the target bpf. */
const machineHeaders: Readonly<Record<Target, string>> = {
  x86: "/usr/include/x86_64-linux-gnu",
  arm64: "/usr/include/aarch64-linux-gnu",
  riscv: "/usr/include/riscv64-linux-gnu",
  s390: "/usr/include/s390x-linux-gnu",
  powerpc: "/usr/include/powerpc64le-linux-gnu",
  loongarch: "/usr/include/loongarch64-linux-gnu",
};

/** The first of the programs that is on the PATH or in one of the further folders; undefined where none is. */
export function findProgram(names: readonly string[], environment: NodeJS.ProcessEnv, more: readonly string[] = []): string | undefined {
  const folders = [...(environment["PATH"] ?? "").split(delimiter).filter((folder) => folder !== ""), ...more];
  for (const name of names) {
    for (const folder of folders) if (existsSync(join(folder, name))) return join(folder, name);
  }
  return undefined;
}

/** The clang to use: `$LBC_CLANG`, else the newest on the PATH. Throws BuildError `clang-not-found`. */
export async function findClang(environment: NodeJS.ProcessEnv = process.env): Promise<string> {
  const chosen = environment["LBC_CLANG"];
  if (chosen !== undefined && chosen !== "") return chosen;
  const found = findProgram(candidates, environment);
  if (found !== undefined) return found;
  throw new BuildError("clang-not-found", {
    message: "no clang on the PATH",
    hint: "install it: apt-get install clang (Debian, Ubuntu), dnf install clang (Fedora); or name one in LBC_CLANG",
  });
}

/** llvm-strip of clang's version, else a plain one; undefined where there is none. */
export function findStrip(clang: string, environment: NodeJS.ProcessEnv = process.env): string | undefined {
  const beside = clang.replace(/clang([^/\\]*)$/, "llvm-strip$1");
  return beside !== clang && existsSync(beside) ? beside : findProgram(["llvm-strip"], environment);
}

/** What a program prints when it is asked for its version; null where it cannot be run. */
export async function programVersion(program: string): Promise<string | null> {
  const { exitCode, stdout } = await run(program, ["--version"]);
  return exitCode === 0 ? stdout : null;
}

export interface CompileOptions {
  /** Path of the C source, or `-` with `input`. */
  readonly source: string;
  readonly input?: string;
  readonly output: string;
  readonly includes?: readonly string[];
  /** Folders whose headers are taken as they are, without warnings. */
  readonly systemIncludes?: readonly string[];
  /** Further arguments for clang, such as `-DNAME=1`. */
  readonly flags?: readonly string[];
  /** The kernel's name of the CPU for PT_REGS_*; the host's unless told. */
  readonly architecture?: Target;
  readonly endianness?: "little" | "big";
}

/** The arguments for clang, in the order in which folders are searched. */
export function clangArguments(options: CompileOptions): string[] {
  const target = options.endianness === "big" ? "bpfeb" : "bpfel";
  const architecture = options.architecture ?? hostTarget;
  return [
    "-g",
    "-O2",
    "-Wall",
    // clang 16 and later do so unasked; a misspelt helper would become a symbol that no loader finds
    "-Werror=implicit-function-declaration",
    "-target",
    target,
    `-D__TARGET_ARCH_${architecture}`,
    ...(options.includes ?? []).flatMap((folder) => ["-I", folder]),
    ...(options.systemIncludes ?? []).flatMap((folder) => ["-isystem", folder]),
    // last of all folders: usdt.bpf.h includes <linux/errno.h>
    "-idirafter",
    machineHeaders[architecture],
    ...(options.flags ?? []),
    ...(options.source === "-" ? ["-x", "c"] : []),
    "-c",
    // a name that begins with a dash would be an option
    options.source.length > 1 && options.source.startsWith("-") ? `./${options.source}` : options.source,
    "-o",
    options.output,
  ];
}

/**
 * Compiles one BPF source with BTF and CO-RE, and returns what clang said, such as warnings. Throws BuildError: CompileError with clang's own
 * words, `compile-failed` where a signal ended it, or `clang-not-found`.
 */
export async function compile(options: CompileOptions): Promise<string> {
  const clang = await findClang();
  const { exitCode, signal, stderr } = await run(clang, clangArguments(options), options.input);
  if (signal !== null) throw wasEnded(clang, signal, options.source);
  if (exitCode === null) throw cannotRun(clang, `cannot be run: ${stderr}`);
  if (exitCode === 0 && !existsSync(options.output)) throw cannotRun(clang, "compiles nothing, so it is no clang");
  if (/unrecognized command-line option .-target/.test(stderr)) throw cannotRun(clang, `is no clang: ${stderr.trim()}`);
  if (exitCode !== 0) {
    const { hintFor } = await import("./hints.ts");
    throw new CompileError(options.source, stderr, hintFor(plainText(stderr)));
  }
  return stderr;
}

function wasEnded(clang: string, signal: string, file: string): BuildError {
  const hint = `${signal === "SIGKILL" ? "memory may have run out (dmesg tells)" : "a limit may have ended it (ulimit -a tells)"}; or try another clang: LBC_CLANG names one`;
  return new BuildError("compile-failed", { file, message: `${clang} was ended by ${signal}`, hint });
}

function cannotRun(clang: string, message: string): BuildError {
  const hint = "name a clang of version 14 or later in LBC_CLANG, or take the variable away";
  return new BuildError("clang-not-found", { file: clang, message, hint });
}

/**
 * An object without DWARF, which no loader reads and which is most of it; as it is where there is no llvm-strip. It may be asked for before
 * clang has ended: llvm-strip takes far longer to start than to do its work. `output` is the file to use. Throws BuildError `strip-failed`,
 * and what `object` rejects with.
 */
export async function strip(clang: string, object: Promise<Uint8Array>, output: string): Promise<Uint8Array> {
  const tool = findStrip(clang);
  if (tool === undefined) return object;
  const [{ exitCode, stderr }] = await Promise.all([run(tool, ["-g", "-", "-o", output], object), object]);
  if (exitCode === 0) return readFileSync(output);
  const version = /-\d+$/.exec(clang)?.[0] ?? "";
  const hint = `install it anew: apt-get install llvm${version} (Debian, Ubuntu), dnf install llvm (Fedora)`;
  throw new BuildError("strip-failed", { file: output, message: `${tool}: ${stderr}`, hint });
}
