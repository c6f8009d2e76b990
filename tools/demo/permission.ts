import { readFile } from "node:fs/promises";

/** Bits of the capability sets in /proc/self/status. @see capabilities(7) */
const capabilities = { CAP_SYS_ADMIN: 21, CAP_PERFMON: 38, CAP_BPF: 39 } as const;

/** Why this process may not load and attach tracing programs; null where it may. */
export async function missingPermission(): Promise<string | null> {
  return missingFrom(await readFile("/proc/self/status", "utf8"));
}

/** The same from the text of a status file. */
export function missingFrom(status: string): string | null {
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? "0"}`);
  const has = (name: keyof typeof capabilities): boolean => ((effective >> BigInt(capabilities[name])) & 1n) === 1n;
  if (has("CAP_SYS_ADMIN") || (has("CAP_BPF") && has("CAP_PERFMON"))) return null;
  return "loading BPF programs needs root, or the capabilities CAP_BPF and CAP_PERFMON: run it as root";
}
