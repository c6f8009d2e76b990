/** The machines that a program can be compiled for, by the kernel's names in `bpf_tracing.h`. */
export const targets = ["x86", "arm64", "riscv", "s390", "powerpc", "loongarch"] as const;
export type Target = (typeof targets)[number];

/** Of Node's names. */
const hostTargets: Readonly<Record<string, Target>> = {
  x64: "x86",
  arm64: "arm64",
  riscv64: "riscv",
  s390x: "s390",
  ppc64: "powerpc",
  loong64: "loongarch",
};
export const hostTarget: Target = hostTargets[process.arch] ?? "x86";
