import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { findClang } from "@lbc/build";
import { execa } from "execa";
import { root } from "../../paths.ts";
import type { Check } from "./unit.ts";

const strict = ["-Wall", "-Wextra", "-Werror", "-fsyntax-only"];

/** gcc and clang as C11, g++ as C++17: each header is included twice, beside the system's. */
export const checkC: Check = async (units) => {
  const clang = await findClang();
  const compilers = [
    ["gcc", "-std=c11"],
    [clang, "-std=c11"],
    ["g++", "-std=c++17", "-x", "c++"],
  ];
  const refused = new Map<string, string>();
  for (const { name, folder } of units) {
    const headers = (await readdir(folder)).filter((file) => file.endsWith(".skel.h") || file.endsWith(".types.h"));
    const includes = [...headers, ...headers].map((header) => `#include "${header}"`);
    const system = ["stdio.h", "string.h", "sys/types.h", "sys/socket.h", "netinet/in.h", "linux/bpf.h", "linux/types.h"].map(
      (header) => `#include <${header}>`,
    );
    const source = join(folder, "use.c");
    await writeFile(source, `${[...system, ...includes].join("\n")}\nint main(void) { return 0; }\n`);
    for (const [compiler = "", ...flags] of compilers) {
      const result = await execa(compiler, [...flags, ...strict, "-I", join(root, "packages/clbc/include"), source], { reject: false });
      if (result.exitCode !== 0)
        refused.set(name, `${compiler}: ${result.stderr.split("\n").find((line) => line.includes("error")) ?? result.stderr}`);
    }
  }
  return refused;
};
