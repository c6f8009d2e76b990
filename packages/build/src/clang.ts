import { access } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { BuildError } from "./errors.ts";

/** Newest first; plain `clang` last, because on Debian 12 it is 14. */
const candidates = ["clang-22", "clang-21", "clang-20", "clang-19", "clang-18", "clang-17", "clang-16", "clang-15", "clang-14", "clang"];

/** CPU names of the kernel's `bpf_tracing.h` by Node's names. */
const architectures: Readonly<Record<string, string>> = {
  x64: "x86",
  arm64: "arm64",
  riscv64: "riscv",
  s390x: "s390",
  ppc64: "powerpc",
  loong64: "loongarch",
};

/** The clang to use: `$LBC_CLANG`, else the newest on the PATH. Throws BuildError `clang-not-found`. */
export async function findClang(environment: NodeJS.ProcessEnv = process.env): Promise<string> {
  const chosen = environment["LBC_CLANG"];
  if (chosen !== undefined && chosen !== "") return chosen;
  const folders = (environment["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  for (const name of candidates) {
    for (const folder of folders) {
      const path = join(folder, name);
      if (
        await access(path).then(
          () => true,
          () => false,
        )
      )
        return path;
    }
  }
  throw new BuildError("clang-not-found", {
    message: "no clang on the PATH",
    hint: "install it: apt-get install clang (Debian, Ubuntu), dnf install clang (Fedora); or name one in LBC_CLANG",
  });
}

export interface CompileOptions {
  /** Path of the C source, or `-` with `input`. */
  readonly source: string;
  readonly input?: string;
  readonly output: string;
  readonly includes?: readonly string[];
  /** Further arguments for clang, such as `-DNAME=1`. */
  readonly flags?: readonly string[];
  /** The kernel's name of the CPU for PT_REGS_*; the host's unless told. */
  readonly architecture?: string;
  readonly endianness?: "little" | "big";
  /** Drops DWARF, which no loader reads and which is most of the object. */
  readonly strip?: boolean;
}

/** Compiles one BPF source with BTF and CO-RE. Throws BuildError `compile-failed` with clang's own words as the message. */
export async function compile(options: CompileOptions): Promise<void> {
  // Only a compilation runs other programs; reading and generating need not wait for this import.
  const { execa } = await import("execa");
  const clang = await findClang();
  const architecture = options.architecture ?? architectures[process.arch] ?? "x86";
  const target = options.endianness === "big" ? "bpfeb" : "bpfel";
  const includes = (options.includes ?? []).flatMap((folder) => ["-I", folder]);
  const language = options.source === "-" ? ["-x", "c"] : [];
  const result = await execa(
    clang,
    [
      "-g",
      "-O2",
      "-Wall",
      "-target",
      target,
      `-D__TARGET_ARCH_${architecture}`,
      ...includes,
      ...(options.flags ?? []),
      ...language,
      "-c",
      options.source,
      "-o",
      options.output,
    ],
    { reject: false, ...(options.input === undefined ? { stdin: "ignore" as const } : { input: options.input }) },
  );
  if (result.exitCode !== 0) {
    throw new BuildError("compile-failed", {
      file: options.source,
      message: `clang failed\n${result.stderr}`,
      hint: hintFor(result.stderr),
    });
  }
  if (options.strip === true) await strip(clang, options.output);
}

/** llvm-strip of the same version as clang. */
async function strip(clang: string, object: string): Promise<void> {
  const tool = clang.replace(/clang([^/]*)$/, "llvm-strip$1");
  const { execa } = await import("execa");
  const result = await execa(tool, ["-g", object], { reject: false });
  if (result.exitCode === 0) return;
  const hint = `install it: apt-get install ${/llvm-strip(-\d+)?$/.exec(tool)?.[1] === undefined ? "llvm" : tool.replace(/.*llvm-strip/, "llvm")}`;
  throw new BuildError("strip-failed", { file: object, message: `${tool}: ${result.stderr || result.shortMessage}`, hint });
}

function hintFor(stderr: string): string | undefined {
  if (/'bpf\/bpf_\w+\.h' file not found/.test(stderr)) return "install libbpf's headers: apt-get install libbpf-dev";
  if (/'vmlinux\.h' file not found/.test(stderr)) return "put vmlinux.h on the include path; lbc makes it from the kernel's BTF";
  return undefined;
}
