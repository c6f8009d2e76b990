import { readFileSync, realpathSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { LbcError } from "@lbc/core";
import { type CacheEntry, type CachePlace, cacheFolder, ObjectCache } from "./cache.ts";
import { type CompileOptions, clangArguments, compile, findClang, findStrip, strip } from "./clang.ts";
import { BuildError, CompileError } from "./errors.ts";
import { readInput } from "./files.ts";
import { headersFolder } from "./headers-folder.ts";
import { libbpfIncludes } from "./libbpf.ts";
import { inScratchFolder } from "./scratch-folder.ts";
import { hostTarget, type Target } from "./targets.ts";
import { version } from "./version.ts";
import { vmlinuxFolder } from "./vmlinux.ts";

export interface BuildOptions {
  /** The machine that the program is for; this one unless told. */
  readonly target?: Target;
  /** BTF of the kernel that vmlinux.h is made of; the running kernel's unless told. */
  readonly btf?: string;
  /** Searched before lbc's own folders. */
  readonly includes?: readonly string[];
  /** `NAME` or `NAME=VALUE`. */
  readonly defines?: readonly string[];
  /** Further arguments for clang, such as `-Wextra`. */
  readonly flags?: readonly string[];
  /** Whether clang's words are coloured, as for a terminal. */
  readonly color?: boolean;
}

/** A compiled object, and what went into it. */
export interface Built {
  readonly object: Uint8Array;
  /** What clang said without refusing the source: warnings, as they are to be shown. */
  readonly diagnostics: string;
  /** Every file that was read: sources and all headers. */
  readonly dependencies: readonly string[];
  /** Whether nothing had to be compiled. */
  readonly cached: boolean;
}

/**
 * Compiles BPF sources (`*.c`) and links them, and objects among them, into one. What was compiled before from the same content comes from the
 * cache. Throws BuildError, and ElfError where an input is no object.
 */
export async function buildObject(inputs: readonly string[], options: BuildOptions = {}): Promise<Built> {
  const parts: Built[] = [];
  for (const input of inputs) parts.push(input.endsWith(".c") ? await buildSource(input, options) : await asBuilt(input));
  const [only, ...others] = parts;
  if (only !== undefined && others.length === 0) return only;
  const { linkObjects } = await import("./link.ts");
  return {
    object: await linkObjects(parts.map(({ object }, index) => ({ name: inputs[index] as string, bytes: object }))),
    diagnostics: parts.map(({ diagnostics }) => diagnostics).join(""),
    dependencies: [...new Set(parts.flatMap(({ dependencies }) => dependencies))],
    cached: parts.every(({ cached }) => cached),
  };
}

async function asBuilt(path: string): Promise<Built> {
  const object = await readInput(path);
  const { readElf } = await import("@lbc/core/elf");
  try {
    readElf(object);
  } catch (error) {
    throw error instanceof LbcError ? error.in(path) : error;
  }
  return { object, diagnostics: "", dependencies: [path], cached: true };
}

async function buildSource(source: string, options: BuildOptions): Promise<Built> {
  const clang = await findClang();
  const kernel = await kernelHeader(options);
  const headers = [...(kernel.folder === undefined ? [] : [kernel.folder]), ...(await libbpfIncludes())];
  const compilation = compilationOf(source, headers, options);
  const cache = new ObjectCache(join(cacheFolder(), "build"));
  const request = requestOf(compilation, clang);
  const found = await cache.find(request);
  if (found !== undefined) return { ...found, cached: true };
  try {
    return { ...(await compileFresh(compilation, clang, cache, request)), cached: false };
  } catch (error) {
    const lacksKernel = error instanceof CompileError && error.diagnostics.includes("'vmlinux.h' file not found");
    throw lacksKernel && kernel.problem !== undefined ? kernel.problem : error;
  }
}

/** The folder of vmlinux.h. A program may do without the running kernel's, or bring its own. */
async function kernelHeader({ btf }: BuildOptions): Promise<{ folder?: string; problem?: BuildError }> {
  if (btf !== undefined) return { folder: await vmlinuxFolder(btf) };
  try {
    return { folder: await vmlinuxFolder() };
  } catch (error) {
    if (error instanceof BuildError && error.code === "vmlinux-unavailable") return { problem: error };
    throw error;
  }
}

type Compilation = Omit<CompileOptions, "output">;

function compilationOf(source: string, systemIncludes: readonly string[], options: BuildOptions): Compilation {
  const { target = hostTarget, includes = [], defines = [], flags = [], color = false } = options;
  return {
    source,
    includes: [...includes, headersFolder()],
    systemIncludes,
    flags: [...flags, ...defines.map((define) => `-D${define}`), color ? "-fcolor-diagnostics" : "-fno-color-diagnostics"],
    architecture: target,
    endianness: target === "s390" ? "big" : "little",
  };
}

/** Variables by which clang finds other headers, takes other arguments, or writes another date. */
const clangVariables = ["CPATH", "C_INCLUDE_PATH", "CCC_OVERRIDE_OPTIONS", "SOURCE_DATE_EPOCH"];

/** Everything that decides what comes out, but the content of the files that are read. */
function requestOf(compilation: Compilation, clang: string): string {
  const tools = [clang, findStrip(clang)].map((tool) => (tool === undefined ? null : identity(tool)));
  const variables = clangVariables.map((name) => process.env[name] ?? null);
  return JSON.stringify([version, tools, process.cwd(), variables, clangArguments({ ...compilation, output: "" })]);
}

/** Which file it is; asking it for its version would take longer than all the rest. */
function identity(program: string): readonly (string | number)[] {
  const info = statSync(program, { throwIfNoEntry: false });
  return info === undefined ? [program] : [realpathSync(program), info.size, info.mtimeMs];
}

function compileFresh(compilation: Compilation, clang: string, cache: ObjectCache, request: string): Promise<CacheEntry> {
  const started = Date.now();
  return inScratchFolder("build", async (folder) => {
    const [output, rule] = [join(folder, "object.o"), join(folder, "rule.d")];
    const flags = [...(compilation.flags ?? []), "-MD", "-MF", rule];
    const compiling = compile({ ...compilation, output, flags });
    const object = compiling.then(() => readFileSync(output));
    const read = compiling.then(() => dependenciesOf(readFileSync(rule, "utf8")));
    // all at once: most of what follows clang can be got ready while it runs
    const [diagnostics, stripped, dependencies, place] = await Promise.all([
      compiling,
      strip(clang, object, join(folder, "stripped.o")),
      read,
      placeOf(compilation, cache, request, started, read),
    ]);
    const entry = { object: stripped, diagnostics, dependencies };
    if (place !== undefined) await cache.keep(place, entry);
    return entry;
  });
}

/** Where a result is to be kept; undefined where something has changed since the compilation began, or is gone. */
async function placeOf(
  compilation: Compilation,
  cache: ObjectCache,
  request: string,
  started: number,
  dependencies: Promise<readonly string[]>,
): Promise<CachePlace | undefined> {
  const { lookupCandidates } = await import("./lookups.ts");
  const files = await dependencies;
  try {
    return await cache.place(request, files, started, lookupCandidates(clangArguments({ ...compilation, output: "" }), files));
  } catch {
    return undefined;
  }
}

/** The prerequisites of the rule that clang writes for make. @see https://clang.llvm.org/docs/ClangCommandLineReference.html */
export function dependenciesOf(rule: string): string[] {
  const prerequisites = rule.slice(rule.indexOf(": ") + 2).replaceAll("\\\n", " ");
  const words = prerequisites.match(/(?:\\[ #]|\$\$|[^\s\\]|\\(?![ #]))+/g) ?? [];
  return words.map((word) => resolve(word.replace(/\\([ #])/g, "$1").replaceAll("$$", "$")));
}
