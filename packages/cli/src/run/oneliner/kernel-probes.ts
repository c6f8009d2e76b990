import { readFileSync } from "node:fs";
import { btfIn, runningKernel } from "@lbc/build";
import { type Btf, readBtf } from "@lbc/core/btf";
import { RunError } from "../errors.ts";

/** What can be hooked into on a machine, read when it is asked for. Tests put another one in its place. */
export interface ProbeSource {
  /** `category:name` of each tracepoint. Throws RunError `no-tracefs`. */
  tracepoints(): readonly string[];
  /** The format file of a tracepoint. Throws RunError `no-tracefs`. */
  format(category: string, name: string): string;
  /** Functions that a kprobe may be put on, as far as the kernel tells; empty where it does not. */
  functions(): readonly string[];
  /** The kernel's types. Throws RunError `unknown-probe` where it has none, and BtfError. */
  types(): Btf;
}

const folders = ["/sys/kernel/tracing", "/sys/kernel/debug/tracing"];

/** The running kernel. */
export function kernelProbes(): ProbeSource {
  return {
    tracepoints: once(() => lines(tracefs("available_events"))),
    format: (category, name) => tracefs(`events/${category}/${name}/format`),
    functions: once(functions),
    types: once(() => readBtf(btfIn(kernelBtf()))),
  };
}

function tracefs(path: string): string {
  for (const folder of folders) {
    try {
      return readFileSync(`${folder}/${path}`, "utf8");
    } catch {
      // The other folder may have it.
    }
  }
  throw new RunError("no-tracefs", {
    file: `${folders[0]}/${path}`,
    message: "the kernel's tracepoints cannot be read",
    hint: "run as root; where tracefs is not mounted: mount -t tracefs tracefs /sys/kernel/tracing",
  });
}

/** What ftrace can trace, else every function by name: `address type name [module]`. */
function functions(): string[] {
  try {
    return lines(tracefs("available_filter_functions")).map((line) => line.split(/\s/, 1)[0] ?? "");
  } catch {
    return lines(readFileSync("/proc/kallsyms", "utf8")).flatMap((line) => /^[0-9a-f]+ [tT] (\S+)/.exec(line)?.[1] ?? []);
  }
}

function kernelBtf(): Uint8Array {
  try {
    return readFileSync(runningKernel);
  } catch (cause) {
    throw new RunError("unknown-probe", {
      file: runningKernel,
      message: "the kernel's types cannot be read",
      hint: "the kernel needs CONFIG_DEBUG_INFO_BTF=y",
      cause,
    });
  }
}

const lines = (text: string): string[] => text.split("\n").filter((line) => line !== "");

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
