import type { AttachKind } from "@lbc/core/object";
import { RuntimeError } from "../errors.ts";
import { errno, errnoName } from "../sys/errno.ts";
import type { Sys } from "../sys/sys.ts";

/** Bits of CapEff in /proc/self/status. @see include/uapi/linux/capability.h */
const capabilities = { sysAdmin: 21n, perfmon: 38n, bpf: 39n } as const;

/**
 * An `unsupported` error for fentry, fexit and fmod_ret that the kernel refuses to a process that has every right: it cannot put trampolines
 * in front of its functions, as on arm64 before Linux 6.0, or is not let. Null where something else is the reason.
 */
export function trampolinesRefused(
  sys: Sys,
  result: number,
  program: { readonly name: string; readonly attach: AttachKind | null },
  what: string,
): RuntimeError | null {
  if (program.attach?.kind !== "trampoline") return null;
  const isRefused = -result === errno.ENOTSUPP || (-result === errno.EPERM && mayTrace(sys));
  if (!isRefused) return null;
  return new RuntimeError("unsupported", {
    type: program.name,
    message: `${what}: this kernel, or the hypervisor under it, refuses trampolines, which fentry and fexit need (${errnoName(result)})`,
    hint: "use a kprobe for the function, or tp_btf for a tracepoint near it",
    errno: errnoName(result),
  });
}

/** Whether capabilities and lockdown let the process trace the kernel. */
function mayTrace(sys: Sys): boolean {
  const read = (path: string): string => new TextDecoder().decode(sys.readFile(path) ?? new Uint8Array());
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(read("/proc/self/status"))?.[1] ?? "0"}`);
  const has = (bit: bigint): boolean => ((effective >> bit) & 1n) === 1n;
  const isLocked = read("/sys/kernel/security/lockdown").includes("[confidentiality]");
  return !isLocked && (has(capabilities.sysAdmin) || (has(capabilities.perfmon) && has(capabilities.bpf)));
}
