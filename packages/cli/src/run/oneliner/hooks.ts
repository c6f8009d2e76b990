import { didYouMean } from "@lbc/core/layout";
import { RunError } from "../errors.ts";
import type { Piece } from "./tokens.ts";

/** Where a clause hooks in. */
export type Hook =
  | { readonly kind: "tracepoint"; readonly category: string; readonly name: string }
  | { readonly kind: "tp_btf"; readonly name: string }
  | { readonly kind: "trampoline"; readonly function: string; readonly return: boolean }
  | { readonly kind: "kprobe"; readonly function: string; readonly offset: string; readonly return: boolean }
  | { readonly kind: "uprobe"; readonly path: string; readonly function: string; readonly return: boolean }
  | PerfHook
  | { readonly kind: "begin" | "end" };

/** A perf event, on every CPU or on the first one. */
export interface PerfHook {
  readonly kind: "perf";
  /** `perf_event_attr.type` and `.config`. @see include/uapi/linux/perf_event.h */
  readonly type: 0 | 1;
  readonly config: number;
  /** Samples per second, or events (for a clock: nanoseconds) between two of them. */
  readonly frequency?: number;
  readonly period?: number;
  readonly everyCpu: boolean;
}

/** What each kind of hook is called, bpftrace's names and short forms among them. */
const kinds = {
  tracepoint: ["tracepoint", "t"],
  tp_btf: ["tp_btf", "rawtracepoint", "rt"],
  fentry: ["fentry", "kfunc", "f"],
  fexit: ["fexit", "kretfunc", "fr"],
  kprobe: ["kprobe", "k"],
  kretprobe: ["kretprobe", "kr"],
  uprobe: ["uprobe", "u"],
  uretprobe: ["uretprobe", "ur"],
  profile: ["profile", "p"],
  interval: ["interval", "i"],
  software: ["software", "s"],
  hardware: ["hardware", "h"],
} as const;
type Kind = keyof typeof kinds;

export const hookKinds: readonly string[] = Object.keys(kinds);

/** How each is written; what the error messages and the manual say. */
export const hookForms: Readonly<Record<Kind, string>> = {
  tracepoint: "tracepoint:CATEGORY:NAME",
  tp_btf: "tp_btf:NAME",
  fentry: "fentry:FUNCTION",
  fexit: "fexit:FUNCTION",
  kprobe: "kprobe:FUNCTION[+OFFSET]",
  kretprobe: "kretprobe:FUNCTION",
  uprobe: "uprobe:PATH:FUNCTION",
  uretprobe: "uretprobe:PATH:FUNCTION",
  profile: "profile:hz:99",
  interval: "interval:s:1",
  software: "software:page-faults:100",
  hardware: "hardware:cache-misses:1000000",
};

/** `PERF_COUNT_SW_*` and `PERF_COUNT_HW_*`, with the events between two samples that bpftrace takes. @see include/uapi/linux/perf_event.h */
export const perfEvents: Readonly<Record<"software" | "hardware", Readonly<Record<string, readonly [config: number, period: number]>>>> = {
  software: {
    "cpu-clock": [0, 1_000_000],
    cpu: [0, 1_000_000],
    "task-clock": [1, 1_000_000],
    "page-faults": [2, 100],
    faults: [2, 100],
    "context-switches": [3, 1000],
    cs: [3, 1000],
    "cpu-migrations": [4, 1],
    "minor-faults": [5, 100],
    "major-faults": [6, 1],
    "alignment-faults": [7, 1],
    "emulation-faults": [8, 1],
  },
  hardware: {
    "cpu-cycles": [0, 1_000_000],
    cycles: [0, 1_000_000],
    instructions: [1, 1_000_000],
    "cache-references": [2, 1_000_000],
    "cache-misses": [3, 1_000_000],
    "branch-instructions": [4, 100_000],
    branches: [4, 100_000],
    "branch-misses": [5, 100_000],
    "bus-cycles": [6, 100_000],
    "frontend-stalls": [7, 1_000_000],
    "backend-stalls": [8, 1_000_000],
    "ref-cycles": [9, 1_000_000],
  },
};

/** In nanoseconds. */
const units: Readonly<Record<string, number>> = { s: 1e9, ms: 1e6, us: 1e3 };

/** A hook as written; `*` and `?` in names are left as they are. Throws RunError `bad-hook`. */
export function parseHook({ text, line }: Piece): Hook {
  if (text === "BEGIN" || text === "END") return { kind: text === "BEGIN" ? "begin" : "end" };
  const [word = "", ...rest] = text.split(":");
  const kind = (Object.keys(kinds) as Kind[]).find((name) => kinds[name].some((known) => known === word));
  if (kind === undefined) {
    throw new RunError("bad-hook", {
      line,
      message: `"${word}" is no kind of hook`,
      hint: `there are ${hookKinds.join(", ")}, BEGIN and END`,
    });
  }
  const hook = parseParts(kind, rest);
  if (hook !== null) return hook;
  const [name = ""] = rest;
  if ((kind === "software" || kind === "hardware") && name !== "" && perfEvents[kind][name] === undefined) {
    const known = Object.keys(perfEvents[kind]);
    const hint = didYouMean(name, known) ?? `there are ${known.join(", ")}`;
    throw new RunError("bad-hook", { line, message: `${name} is no ${kind} event`, hint });
  }
  throw new RunError("bad-hook", { line, message: `"${text}" is not how ${kind} is written`, hint: `write it as ${hookForms[kind]}` });
}

function parseParts(kind: Kind, parts: readonly string[]): Hook | null {
  const [first = "", second = "", third] = parts;
  switch (kind) {
    case "tracepoint":
      return first !== "" && second !== "" && third === undefined ? { kind, category: first, name: second } : null;
    case "tp_btf":
      return isName(parts) ? { kind, name: first } : null;
    case "fentry":
    case "fexit":
      return isName(parts) ? { kind: "trampoline", function: first, return: kind === "fexit" } : null;
    case "kprobe": {
      const [, name = "", offset = ""] = /^(.+?)(\+(?:0x[0-9a-f]+|\d+))?$/i.exec(first) ?? [];
      return parts.length === 1 && name !== "" ? { kind, function: name, offset, return: false } : null;
    }
    case "kretprobe":
      return isName(parts) ? { kind: "kprobe", function: first, offset: "", return: true } : null;
    case "uprobe":
    case "uretprobe":
      return first !== "" && second !== "" && third === undefined
        ? { kind: "uprobe", path: first, function: second, return: kind === "uretprobe" }
        : null;
    case "profile":
    case "interval":
      return timer(parts, kind === "profile");
    case "software":
    case "hardware":
      return counter(kind, parts);
  }
}

const isName = ([first = "", ...more]: readonly string[]): boolean => first !== "" && more.length === 0;

/** `hz:99`, `s:1`, `ms:100`, or a frequency alone. The CPU's clock ticks in nanoseconds. */
function timer(parts: readonly string[], everyCpu: boolean): PerfHook | null {
  const [unit = "", number] = parts.length === 1 ? ["hz", parts[0] ?? ""] : parts;
  const value = Number(number);
  if (parts.length > 2 || !Number.isInteger(value) || value < 1) return null;
  const clock = { kind: "perf", type: 1, config: 0, everyCpu } as const;
  if (unit === "hz") return everyCpu ? { ...clock, frequency: value } : { ...clock, period: Math.round(1e9 / value) };
  const nanoseconds = units[unit];
  return nanoseconds === undefined ? null : { ...clock, period: value * nanoseconds };
}

function counter(kind: "software" | "hardware", [name = "", count, ...more]: readonly string[]): PerfHook | null {
  const known = perfEvents[kind][name];
  const period = count === undefined || count === "" ? known?.[1] : Number(count);
  if (known === undefined || more.length > 0 || period === undefined || !Number.isInteger(period) || period < 1) return null;
  return { kind: "perf", type: kind === "hardware" ? 0 : 1, config: known[0], period, everyCpu: true };
}

/** `hardware:cache-misses`: the first name of what is counted. */
export function counterName({ type, config }: PerfHook): string {
  const kind = type === 0 ? "hardware" : "software";
  const [name] = Object.entries(perfEvents[kind]).find(([, [number]]) => number === config) ?? [config];
  return `${kind}:${name}`;
}

/** As it is written in full: what `probe` is at run time. */
export function hookName(hook: Hook, written: string): string {
  switch (hook.kind) {
    case "tracepoint":
      return `tracepoint:${hook.category}:${hook.name}`;
    case "tp_btf":
      return `tp_btf:${hook.name}`;
    case "trampoline":
      return `${hook.return ? "fexit" : "fentry"}:${hook.function}`;
    case "kprobe":
      return `${hook.return ? "kretprobe" : "kprobe"}:${hook.function}${hook.offset}`;
    case "uprobe":
      return `${hook.return ? "uretprobe" : "uprobe"}:${hook.path}:${hook.function}`;
    case "perf":
    case "begin":
    case "end":
      return written;
  }
}

/** The section that tells every loader where to attach; perf events are opened by who attaches. */
export function sectionOf(hook: Hook): string {
  switch (hook.kind) {
    case "tracepoint":
      return `tracepoint/${hook.category}/${hook.name}`;
    case "tp_btf":
      return `tp_btf/${hook.name}`;
    case "trampoline":
      return `${hook.return ? "fexit" : "fentry"}/${hook.function}`;
    case "kprobe":
      return `${hook.return ? "kretprobe" : "kprobe"}/${hook.function}${hook.offset}`;
    case "uprobe":
      return `${hook.return ? "uretprobe" : "uprobe"}/${hook.path}:${hook.function}`;
    case "perf":
      return "perf_event";
    case "begin":
    case "end":
      return "raw_tp";
  }
}
