import { readFileSync } from "node:fs";
import { KernelSymbols } from "./kernel-symbols.ts";
import { type Images, ProcessSymbols } from "./process-symbols.ts";
import type { AddressSymbol } from "./symbol.ts";

/** Processes whose mappings are kept. */
const mostProcesses = 1024;

interface KnownProcess {
  /** In clock ticks since boot; null where the process was gone already. Another value under the same pid is another process. */
  readonly startTime: string | null;
  readonly symbols: ProcessSymbols;
}

/**
 * Names for the addresses in stacks. What it reads it keeps: the kernel's list for as long as it lives, files as long as some process
 * may map them, and of processes the latest thousand.
 */
export class Symbolizer {
  readonly #images: Images = new Map();
  readonly #processes = new Map<number, KnownProcess>();
  #kernel: KernelSymbols | null = null;

  /** Throws RuntimeError `no-permission` where the kernel hides its addresses, and `unsupported` where it has no list of symbols. */
  kernel(addresses: Iterable<bigint>): AddressSymbol[] {
    this.#kernel ??= KernelSymbols.read();
    const kernel = this.#kernel;
    return Array.from(addresses, (address) => kernel.resolve(address));
  }

  /** Addresses of one process; best asked for while it still runs. Never throws. */
  user(pid: number, addresses: Iterable<bigint>): AddressSymbol[] {
    const symbols = this.#process(pid);
    return Array.from(addresses, (address) => symbols.resolve(address));
  }

  #process(pid: number): ProcessSymbols {
    const startTime = readStartTime(pid);
    const known = this.#processes.get(pid);
    this.#processes.delete(pid);
    const isSame = known !== undefined && (startTime === null || known.startTime === startTime);
    const process = isSame ? known : { startTime, symbols: new ProcessSymbols(pid, this.#images) };
    this.#processes.set(pid, process);
    const [oldest] = this.#processes.keys();
    if (oldest !== undefined && this.#processes.size > mostProcesses) this.#processes.delete(oldest);
    return process.symbols;
  }
}

/** Field 22 of /proc/PID/stat, counted after the name, which may hold anything. @see proc_pid_stat(5) */
function readStartTime(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? null;
  } catch {
    return null;
  }
}
