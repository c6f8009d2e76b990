import { type Builtin, builtins, hookBuiltins } from "./builtins.ts";
import { type Fragment, isHelper } from "./calls.ts";
import { unique } from "./columns.ts";
import { FragmentReader } from "./fragments.ts";
import { refuseHabits } from "./habits.ts";
import type { ProbeSource } from "./kernel-probes.ts";
import { isFixed } from "./own-names.ts";
import { type Clause, parseOneLiner } from "./parse.ts";
import { type Probe, resolveHook } from "./resolve.ts";
import { type SharedHook, sharedHooks } from "./shared-hooks.ts";
import { Sites } from "./sites.ts";
import { type Piece, tokens } from "./tokens.ts";

/** One clause at one probe. */
export interface ProgramDraft {
  readonly probe: Probe;
  /** Name of the C function and of the program. */
  readonly name: string;
  /** What calls it in place of a hook of its own; null where it has one. */
  readonly shared: SharedHook | null;
  /** Whether it is the first of its clause: what it stores has the types that the others have to fit. */
  readonly isFirst: boolean;
  /** The variables that it may use. */
  readonly variables: Readonly<Record<string, Builtin>>;
  readonly predicate: Fragment | null;
  readonly body: Fragment;
}

/** A one-liner that is understood, but for the types that only the compiler knows. */
export interface Draft {
  readonly declarations: readonly Piece[];
  readonly programs: readonly ProgramDraft[];
  readonly sites: Sites;
}

/** Reads one-liners and looks up where they hook in. Throws RunError with the line. */
export function draftOf(text: string, probes: ProbeSource): Draft {
  const oneLiner = parseOneLiner(text);
  for (const { predicate, body } of oneLiner.clauses)
    for (const piece of predicate === null ? [body] : [predicate, body]) refuseHabits(piece);
  const taken = identifiers(text);
  const macros = new Set([...text.matchAll(/^\s*#\s*define\s+(\w+)/gm)].map(([, name = ""]) => name));
  const sites = new Sites(taken, macros);
  const programs = oneLiner.clauses.flatMap((clause, index) => programsOf(clause, index, probes, sites, taken));
  sites.checkStores(oneLiner.declarations);
  return { declarations: oneLiner.declarations, programs, sites };
}

/** Every name in the text, so that none that lbc makes means another thing. */
function identifiers(text: string): Set<string> {
  const names = [...tokens(text)].filter(({ kind }) => kind === "identifier").map((token) => token.text);
  return new Set(names.filter((name) => !isHelper(name)));
}

function programsOf(clause: Clause, index: number, probes: ProbeSource, sites: Sites, taken: Set<string>): ProgramDraft[] {
  const found = clause.hooks.flatMap((hook) => {
    const matched = resolveHook(hook, probes);
    const shared = sharedHooks(matched, taken);
    return matched.map((probe) => ({ probe, shared: shared.get(probe) ?? null }));
  });
  // One size for all hooks of a clause: the name may be part of a key.
  const nameSize = Math.max(...found.map(({ probe }) => probe.name.length + 1));
  return found.map(({ probe, shared }, place) => {
    const parameters = probe.prototype?.parameters ?? [];
    const variables = { ...builtins, ...hookBuiltins(probe.hook, probe.name, nameSize, parameters) };
    const named = parameters.filter(({ name }) => !isFixed(name) && (found.length === 1 || !Object.hasOwn(variables, name)));
    const arguments_ = new Map(named.map(({ name, identifier }) => [name, identifier]));
    const reader = new FragmentReader({ probe, variables, arguments: arguments_, sites, clause: index });
    return {
      probe,
      name: unique(functionName(probe), taken),
      shared,
      isFirst: place === 0,
      variables,
      predicate: clause.predicate === null ? null : reader.read(clause.predicate),
      body: reader.read(clause.body),
    };
  });
}

/** `on_sys_enter_openat`: the kernel shows the first 15 characters. */
function functionName({ hook, name }: Probe): string {
  if (hook.kind === "begin" || hook.kind === "end") return `on_${hook.kind}`;
  const last = hook.kind === "perf" ? name : (name.split(":").at(-1) ?? name);
  return `on_${last.replace(/\W+/g, "_")}`;
}
