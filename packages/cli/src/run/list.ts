import { didYouMean } from "@lbc/core/layout";
import type { Io } from "../io.ts";
import { type ExitCode, exitCodes, reportError } from "../report.ts";
import { RunError } from "./errors.ts";
import { hookForms, hookKinds, perfEvents } from "./oneliner/hooks.ts";
import { kernelProbes, type ProbeSource } from "./oneliner/kernel-probes.ts";
import { functionPrototype, namesOf, rawTracepoints, tracepointPrototype } from "./oneliner/prototype.ts";
import { globPattern } from "./oneliner/resolve.ts";
import { readFormat } from "./oneliner/tracepoint.ts";

/** `lbc run --list`: the hooks that a pattern matches; of a single one also what it is called with. */
export function listHooks(pattern: string, json: boolean, io: Io, probes: ProbeSource = kernelProbes()): ExitCode {
  try {
    const found = matching(pattern, probes);
    const [only] = found;
    const details = found.length === 1 && only !== undefined ? argumentsOf(only, probes) : [];
    if (json) io.stdout.write(`${JSON.stringify({ hooks: found, ...(found.length === 1 ? { arguments: details } : {}) })}\n`);
    else io.stdout.write([...found, ...details.map((line) => `    ${line}`), ""].join("\n"));
    return exitCodes.done;
  } catch (error) {
    return reportError(error, io, json);
  }
}

/** By kind, how all of its hooks are found; those that are written for a file or a time are not listed. */
const lists: Readonly<Record<string, (probes: ProbeSource) => Iterable<string>>> = {
  tracepoint: (probes) => probes.tracepoints(),
  tp_btf: (probes) => rawTracepoints(probes.types()),
  fentry: (probes) => namesOf(probes.types(), "function"),
  fexit: (probes) => namesOf(probes.types(), "function"),
  kprobe: (probes) => probes.functions(),
  kretprobe: (probes) => probes.functions(),
  software: () => Object.keys(perfEvents.software),
  hardware: () => Object.keys(perfEvents.hardware),
};

function matching(pattern: string, probes: ProbeSource): string[] {
  const colon = pattern.indexOf(":");
  const kindPattern = globPattern(colon === -1 ? "*" : pattern.slice(0, colon));
  const wanted = globPattern(colon === -1 ? pattern : pattern.slice(colon + 1));
  const kinds = Object.keys(lists).filter((kind) => kindPattern.test(kind));
  if (kinds.length === 0) {
    const known = hookKinds.find((kind) => kindPattern.test(kind));
    const hint =
      known === undefined
        ? (didYouMean(pattern, Object.keys(lists)) ?? "such as 'tracepoint:*open*'")
        : `write it as ${hookForms[known as keyof typeof hookForms]}`;
    throw new RunError("unknown-probe", { message: `there is no list of ${pattern.slice(0, colon)} hooks`, hint });
  }
  const found = kinds.flatMap((kind) => {
    const names = new Set<string>();
    for (const name of lists[kind]?.(probes) ?? []) if (wanted.test(name)) names.add(name);
    return [...names].sort().map((name) => `${kind}:${name}`);
  });
  if (found.length > 0) return found;
  throw new RunError("unknown-probe", { message: `nothing matches ${pattern}`, hint: patternHint(pattern) });
}

/** A part of a name is no name. */
const patternHint = (pattern: string): string =>
  /[*?]/.test(pattern) ? "* stands for any characters: 'tracepoint:*open*'" : `* stands for any characters: '*${pattern}*'`;

/** What `args->` reaches, and what the function gives. */
function argumentsOf(hook: string, probes: ProbeSource): string[] {
  const [kind = "", first = "", second = ""] = hook.split(":");
  switch (kind) {
    case "tracepoint":
      return readFormat(probes.format(first, second))
        .filter(({ name }) => name !== "__syscall_nr")
        .map(({ name, type }) => `${type.replace(/\*$/, "*")} ${name}`.replace("* ", "*"));
    case "tp_btf":
      return tracepointPrototype(probes.types(), first).parameters.map(({ declaration }) => declaration);
    case "fentry":
    case "fexit": {
      const { parameters, result } = functionPrototype(probes.types(), first);
      return [...parameters.map(({ declaration }) => declaration), ...(kind === "fexit" && result !== null ? [result] : [])];
    }
    default:
      return [];
  }
}
