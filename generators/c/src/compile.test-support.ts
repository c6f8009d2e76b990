import { mkdir, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { readElf } from "@lbc/core/elf";
import { type Layout, resolveLayout } from "@lbc/core/layout";
import { readObject } from "@lbc/core/object";
import type { EmitOptions } from "@lbc/emit";
import { execa } from "execa";
import { emit, emitBpfHeader } from "./index.ts";

/** The runtime's headers, which the skeletons include. */
const runtimeHeaders = fileURLToPath(new URL("../../../packages/clbc/include", import.meta.url));
const bpfHeaders = fileURLToPath(new URL("../../../lbc-headers", import.meta.url));

/** Every compiler and language that the output is for. */
export type Compiler = readonly [command: string, language: "c" | "c++", standard: string];
export const compilers: readonly [Compiler, Compiler, Compiler, Compiler] = [
  ["gcc", "c", "-std=c11"],
  ["clang-19", "c", "-std=c11"],
  ["g++", "c++", "-std=c++17"],
  ["clang++-19", "c++", "-std=c++17"],
];

const strict = ["-O2", "-Wall", "-Wextra", "-Werror"];
// clang's own headers for the BPF target lack the host's asm/types.h
const bpfTarget = ["-target", "bpf", "-mcpu=v3", "-O2", "-g", "-D__TARGET_ARCH_x86", "-idirafter", `/usr/include/${multiarch()}`];

function multiarch(): string {
  return `${{ x64: "x86_64", arm64: "aarch64" }[process.arch as "x64" | "arm64"] ?? process.arch}-linux-gnu`;
}

export async function scratch(): Promise<string> {
  return await mkdtemp(join(tmpdir(), "lbc-gen-c-"));
}

/** Compiles one of the fixtures beside this file for BPF. */
export async function compileFixture(name: string, folder: string, endianness: "bpfel" | "bpfeb" = "bpfel"): Promise<Uint8Array> {
  const source = fileURLToPath(new URL(`fixtures/${name}.bpf.c`, import.meta.url));
  const object = join(folder, `${name}.${endianness}.o`);
  await execa("clang-19", [...bpfTarget, "-target", endianness, "-c", source, "-o", object]);
  return new Uint8Array(await readFile(object));
}

export function layoutOf(object: Uint8Array, name: string): Layout {
  return resolveLayout(readObject(readElf(object)), { name });
}

/** Writes all that is generated for a layout into a folder. */
export async function generate(layout: Layout, options: EmitOptions, folder: string): Promise<void> {
  for (const { path, content } of await emit(layout, options)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
  await writeFile(join(folder, `${layout.object.name}.lbc.h`), emitBpfHeader(layout, options));
}

/** Compiles C text with every warning as an error; throws what the compiler said. */
export async function compile([compiler, language, standard]: Compiler, text: string, folder: string, ...more: string[]): Promise<void> {
  const target = more.length === 0 ? ["-c", "-o", "/dev/null"] : more;
  await execa(compiler, ["-x", language, standard, ...strict, `-I${folder}`, `-I${runtimeHeaders}`, "-", ...target], { input: text });
}

/** Compiles BPF text with lbc.h and vmlinux.h in reach. */
export async function compileBpf(text: string, folder: string, output: string): Promise<Uint8Array> {
  const object = join(folder, output);
  const includes = [`-I${folder}`, `-I${bpfHeaders}`];
  await execa("clang-19", ["-x", "c", ...bpfTarget, ...strict, ...includes, "-c", "-", "-o", object], { input: text });
  return new Uint8Array(await readFile(object));
}

/** What clang-format makes of a generated file. */
export async function format(text: string): Promise<string> {
  const like = fileURLToPath(new URL("generated.h", import.meta.url));
  const { stdout } = await execa("clang-format-19", [`--assume-filename=${like}`], { input: text, stripFinalNewline: false });
  return stdout;
}
