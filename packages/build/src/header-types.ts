import { readFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { type CompileOptions, compile } from "./clang.ts";
import { BuildError, CompileError } from "./errors.ts";
import { headersFolder } from "./headers-folder.ts";
import { libbpfIncludes } from "./libbpf.ts";
import { inScratchFolder } from "./scratch-folder.ts";
import { vmlinuxFolder } from "./vmlinux.ts";

/** The names that kernel-style headers take for granted. */
const prelude = `#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <linux/types.h>
typedef __u8 u8; typedef __u16 u16; typedef __u32 u32; typedef __u64 u64;
typedef __s8 s8; typedef __s16 s16; typedef __s32 s32; typedef __s64 s64;
`;

/** The C library's headers choose by CPU, and BPF is none that they know. */
const hostFlags = ["-D__x86_64__", "-I/usr/include/x86_64-linux-gnu", "-I/usr/include/aarch64-linux-gnu"];

export interface HeaderOptions {
  /** BTF of the kernel whose vmlinux.h a header may include; the running kernel's unless told. */
  readonly btf?: string | undefined;
  /** Searched after the header's own folder. */
  readonly includes?: readonly string[] | undefined;
  /** `NAME` or `NAME=VALUE`. */
  readonly defines?: readonly string[] | undefined;
}

/**
 * Compiles a C header to an object whose BTF holds the named structs, unions, enums or typedefs: clang records only types that
 * something uses, so each gets a pointer. The header is taken as one of user space, or as one of BPF programs where it asks for vmlinux.h
 * or lbc.h. Throws BuildError `compile-failed` with clang's words, or naming the type that is missing.
 */
export async function compileHeaderTypes(header: string, names: readonly string[], options: HeaderOptions = {}): Promise<Uint8Array> {
  return inScratchFolder("types", async (folder) => {
    const output = join(folder, "types.bpf.o");
    const build = await surroundings(header, output, options);
    const anchors: string[] = [];
    for (const name of names) anchors.push(`${await spellingOf(name, header, build)} *lbc_type_${anchors.length};`);
    await build(anchors.join("\n"));
    return await readFile(output);
  });
}

/** Compiles the header with some code after it. */
type Build = (code: string) => Promise<void>;

/** The surroundings that the header compiles in. */
async function surroundings(header: string, output: string, { btf, includes = [], defines = [] }: HeaderOptions): Promise<Build> {
  const flags = defines.map((define) => `-D${define}`);
  const folders = [dirname(header), ...includes];
  const asIn = (before: string, how: Partial<CompileOptions>): Build => {
    const input = `${before}#include ${JSON.stringify(resolve(header))}\n`;
    return (code) => compileText(`${input}${code}\n`, header, { source: "-", output, includes: folders, ...how });
  };
  const user = asIn(prelude, { flags: [...hostFlags, ...flags] });
  try {
    await user("");
    return user;
  } catch (error) {
    if (!(error instanceof CompileError) || !/'(vmlinux|lbc\w*)\.h' file not found/.test(error.diagnostics)) throw error;
  }
  const headers = { includes: [...folders, headersFolder()], systemIncludes: [await vmlinuxFolder(btf), ...(await libbpfIncludes())] };
  const kernel = asIn('#include "vmlinux.h"\n', { ...headers, flags });
  await kernel("");
  return kernel;
}

async function compileText(input: string, header: string, options: Omit<CompileOptions, "input">): Promise<void> {
  try {
    await compile({ ...options, input });
  } catch (error) {
    // what clang reads from standard input is not the user's
    if (error instanceof CompileError && error.place.file === "<stdin>") Object.assign(error.place, { file: header, line: undefined });
    throw error;
  }
}

/** How C spells the type: sizeof tells a definition from a forward declaration, which any tag would pass for. */
async function spellingOf(name: string, header: string, build: Build): Promise<string> {
  for (const spelling of [`struct ${name}`, `union ${name}`, `enum ${name}`, name]) {
    const compiles = await build(`int lbc_size[sizeof(${spelling}) ? 1 : 1];`).then(
      () => true,
      () => false,
    );
    if (compiles) return spelling;
  }
  throw new BuildError("compile-failed", {
    file: header,
    type: name,
    message: `no complete type of this name in the header`,
    hint: "check its spelling, or name another header with --types",
  });
}
