import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { compile } from "./clang.ts";
import { BuildError } from "./errors.ts";

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

/**
 * Compiles a C header to an object whose BTF holds the named structs, unions, enums or typedefs: clang records only types that
 * something uses, so each gets a pointer. Throws BuildError `compile-failed` with clang's words, or naming the type that is missing.
 */
export async function compileHeaderTypes(header: string, names: readonly string[]): Promise<Uint8Array> {
  const folder = await mkdtemp(join(tmpdir(), "lbc-types-"));
  try {
    const input = `${prelude}#include ${JSON.stringify(resolve(header))}\n`;
    const output = join(folder, "types.bpf.o");
    const build = async (code: string): Promise<void> =>
      void (await compile({ source: "-", input: `${input}${code}`, output, includes: [dirname(header)], flags: hostFlags }));
    await build("");
    const anchors: string[] = [];
    for (const name of names) anchors.push(`${await spellingOf(name, header, build)} *lbc_type_${anchors.length};`);
    await build(anchors.join("\n"));
    return await readFile(output);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** How C spells the type: sizeof tells a definition from a forward declaration, which any tag would pass for. */
async function spellingOf(name: string, header: string, build: (code: string) => Promise<void>): Promise<string> {
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
