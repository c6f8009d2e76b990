import { dirname, join } from "node:path";
import { BuildError, findBpftool, findClang, findStrip, headersFolder, libbpfFolder } from "@lbc/build";
import { type Finding, limited, missing, ok } from "./doctor-findings.ts";
import type { Machine } from "./doctor-machine.ts";

/** The first clang whose BTF and CO-RE relocations are complete enough for lbc.h. */
const oldestClang = 14;

/** What `lbc build` uses. */
export async function examineTools(machine: Machine): Promise<Finding[]> {
  const clang = await findClang(machine.env).catch((error) => {
    if (error instanceof BuildError) return error;
    throw error;
  });
  if (clang instanceof BuildError) return [missing("clang", clang.message, clang.hint ?? ""), ...(await otherTools(machine, ""))];
  return [await examineClang(machine, clang), ...(await otherTools(machine, clang))];
}

async function examineClang(machine: Machine, clang: string): Promise<Finding> {
  const version = /version (\d+)(\.\S+)?/.exec((await machine.version(clang)) ?? "");
  const hint = "install a newer one: apt-get install clang-19 (Debian 12), clang (Debian 13, Ubuntu 24.04), dnf install clang (Fedora)";
  if (version === null) return missing("clang", `${clang} does not run`, hint);
  if (Number(version[1]) < oldestClang) return missing("clang", `${clang} is version ${version[1]}, lbc needs ${oldestClang}`, hint);
  return ok("clang", `${version[1]}${version[2] ?? ""} (${clang})`);
}

async function otherTools(machine: Machine, clang: string): Promise<Finding[]> {
  const [strip, bpftool, libbpf] = [findStrip(clang, machine.env), findBpftool(machine.env), await libbpfFolder()];
  const llvm = `llvm${/-\d+$/.exec(clang)?.[0] ?? ""}`;
  return [
    libbpf === undefined
      ? missing(
          "libbpf's headers",
          "bpf/bpf_helpers.h is not found",
          "apt-get install libbpf-dev (Debian, Ubuntu), dnf install libbpf-devel (Fedora)",
        )
      : ok("libbpf's headers", join(libbpf, "bpf")),
    ok("lbc.h", dirname(join(headersFolder(), "lbc.h"))),
    strip === undefined
      ? limited("llvm-strip", "objects keep their debug sections", `apt-get install ${llvm} (Debian, Ubuntu), dnf install llvm (Fedora)`)
      : ok("llvm-strip", strip),
    bpftool === undefined
      ? limited(
          "bpftool",
          "several sources cannot be linked into one object",
          "apt-get install bpftool (Debian), linux-tools-generic (Ubuntu), dnf install bpftool (Fedora)",
        )
      : ok("bpftool", bpftool),
  ];
}
