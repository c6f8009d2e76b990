import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder, writeOutput } from "@lbc/build";
import { type Built, buildObject, CompileError } from "@lbc/build/object";
import { answeredTypes } from "./ask-types.ts";
import { helpers, type Site } from "./calls.ts";
import { inUsersWords, quoteUser } from "./diagnostics.ts";
import { type Draft, draftOf } from "./draft.ts";
import type { Hook } from "./hooks.ts";
import type { ProbeSource } from "./kernel-probes.ts";
import type { SiteKind } from "./sites.ts";
import { printSource, printTypeQuestions } from "./source.ts";

/** A one-liner as a program in C, and what becomes of what it sends. */
export interface Translated {
  /** What was translated. */
  readonly text: string;
  /** The variables and helpers that it may use. */
  readonly names: ReadonlySet<string>;
  /** For the compiler: its messages name the user's lines. */
  readonly source: string;
  /** For people. */
  readonly readable: string;
  /** Where each program hooks in, by its name. */
  readonly hooks: ReadonlyMap<string, Hook>;
  /** What each map is for, by its name. */
  readonly sites: ReadonlyMap<string, Site & { readonly what: SiteKind }>;
  /** Maps that are the program's own: put() and take(), stacks, programs that others call. */
  readonly hidden: ReadonlySet<string>;
}

/** From one-liners to C. The compiler is asked only for types that the text does not tell. Throws RunError and BuildError. */
export async function translate(text: string, probes: ProbeSource): Promise<Translated> {
  const draft = draftOf(text, probes);
  const names = new Set([...draft.programs.flatMap(({ variables }) => Object.keys(variables)), ...Object.keys(helpers), "same"]);
  const types = draft.sites.unknownTypes === 0 ? [] : await askTypes(draft, { text, names });
  return {
    text,
    names,
    source: printSource(draft, { types, named: true }),
    readable: printSource(draft, { types, named: false }),
    hooks: new Map(draft.programs.map(({ name, probe }) => [name, probe.hook])),
    sites: new Map(draft.sites.all.map((site) => [site.map, site])),
    hidden: new Set([
      "stacks",
      ...draft.sites.stores.map(({ name }) => name),
      ...draft.programs.flatMap(({ shared }) => shared?.map ?? []),
    ]),
  };
}

async function askTypes(draft: Draft, written: Pick<Translated, "text" | "names">) {
  const { object } = await buildText(printTypeQuestions(draft), written);
  return answeredTypes(object, draft.sites.unknownTypes);
}

/**
 * Compiles C that lbc made of a one-liner. It stands in the cache under a name of its content, so that what it gives is found there again.
 * Throws CompileError in the user's words.
 */
export async function buildText(code: string, { text, names }: Pick<Translated, "text" | "names">): Promise<Built> {
  const name = createHash("sha256").update(code).digest("hex").slice(0, 16);
  const path = join(cacheFolder(), "run", `${name}.bpf.c`);
  if (!existsSync(path)) await writeOutput(path, new TextEncoder().encode(code));
  try {
    const built = await buildObject([path]);
    return { ...built, diagnostics: quoteUser(built.diagnostics, text) };
  } catch (error) {
    throw error instanceof CompileError ? inUsersWords(error, text, names) : error;
  }
}

export { withColumnNames } from "./columns.ts";
export { kernelProbes } from "./kernel-probes.ts";
export { label, ownLabel } from "./places.ts";
