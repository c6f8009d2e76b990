import { didYouMean } from "@lbc/core/layout";
import { RunError } from "../errors.ts";
import { type Hook, hookName, parseHook } from "./hooks.ts";
import type { ProbeSource } from "./kernel-probes.ts";
import { functionPrototype, namesOf, type Prototype, rawTracepoints, tracepointPrototype } from "./prototype.ts";
import type { Piece } from "./tokens.ts";
import { type TracepointContext, tracepointContext } from "./tracepoint.ts";

/** A hook that is there, with what a program finds in it. */
export interface Probe {
  readonly hook: Hook;
  /** In full, as `probe` gives it. */
  readonly name: string;
  readonly tracepoint: TracepointContext | null;
  readonly prototype: Prototype | null;
}

/** Each becomes a program of its own. All system calls and all of a subsystem's functions are fewer. */
const mostMatches = 512;

/** What a hook as written stands for: one probe, or all that a pattern matches. Throws RunError. */
export function resolveHook(written: Piece, probes: ProbeSource): Probe[] {
  const hook = parseHook(written);
  try {
    const found = expand(hook, probes);
    if (found.length > mostMatches) throw tooMany(written.text, found.length);
    return found.map((one) => describe(one, written.text, probes));
  } catch (error) {
    throw error instanceof RunError && error.place.line === undefined
      ? new RunError(error.code, { ...error.place, line: written.line, message: error.message, hint: error.hint, cause: error })
      : error;
  }
}

function tooMany(written: string, count: number): RunError {
  const hint = /^(?:t|tracepoint):syscalls:sys_enter_/.test(written)
    ? "tracepoint:raw_syscalls:sys_enter sees every system call, with its number in args->id"
    : `name fewer: ${mostMatches} at most`;
  return new RunError("bad-hook", { message: `${count} probes match ${written}`, hint });
}

function describe(hook: Hook, written: string, probes: ProbeSource): Probe {
  const name = hookName(hook, written);
  switch (hook.kind) {
    case "tracepoint":
      return { hook, name, tracepoint: tracepointContext(hook.category, hook.name, probes), prototype: null };
    case "tp_btf":
      return { hook, name, tracepoint: null, prototype: tracepointPrototype(probes.types(), hook.name) };
    case "trampoline":
      return { hook, name, tracepoint: null, prototype: functionPrototype(probes.types(), hook.function) };
    default:
      return { hook, name, tracepoint: null, prototype: null };
  }
}

/** Checks that it is there, and replaces a pattern by what matches. */
function expand(hook: Hook, probes: ProbeSource): Hook[] {
  switch (hook.kind) {
    case "tracepoint": {
      const wanted = `${hook.category}:${hook.name}`;
      return matches(wanted, probes.tracepoints(), "tracepoint").map((found) => {
        const [category = "", name = ""] = found.split(":");
        return { ...hook, category, name };
      });
    }
    case "tp_btf":
      return isPattern(hook.name)
        ? matches(hook.name, rawTracepoints(probes.types()), "tracepoint").map((name) => ({ ...hook, name }))
        : [hook];
    case "trampoline":
      return isPattern(hook.function)
        ? matches(hook.function, [...namesOf(probes.types(), "function")], "kernel function").map((name) => ({ ...hook, function: name }))
        : [hook];
    case "kprobe":
      return expandKprobe(hook, probes);
    default:
      return [hook];
  }
}

/** Where the kernel does not list its functions, it is asked at attach. */
function expandKprobe(hook: Extract<Hook, { readonly kind: "kprobe" }>, probes: ProbeSource): Hook[] {
  const names = probes.functions();
  if (names.length === 0) return [hook];
  return matches(hook.function, names, "kernel function").map((name) => ({ ...hook, function: name }));
}

const isPattern = (name: string): boolean => /[*?]/.test(name);

/** The names that a pattern with `*` and `?` matches, sorted; of a plain name itself. Throws RunError where there is none. */
function matches(wanted: string, names: readonly string[], what: string): string[] {
  if (!isPattern(wanted) && names.includes(wanted)) return [wanted];
  const pattern = globPattern(wanted);
  const found = isPattern(wanted) ? [...new Set(names.filter((name) => pattern.test(name)))].sort() : [];
  if (found.length > 0) return found;
  throw new RunError("unknown-probe", {
    message: `the kernel has no ${what} ${wanted}`,
    hint: didYouMean(wanted, names) ?? "lbc run --list 'tracepoint:*' lists what there is",
  });
}

/** A pattern in which `*` and `?` stand for any characters and any one. */
export function globPattern(glob: string): RegExp {
  const escaped = glob.replace(/[.+^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${escaped.replaceAll("*", ".*").replaceAll("?", ".")}$`);
}
