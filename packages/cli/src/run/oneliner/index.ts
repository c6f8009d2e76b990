import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder, writeOutput } from "@lbc/build";
import { type Built, buildObject } from "@lbc/build/object";
import { answeredTypes } from "./ask-types.ts";
import type { Site } from "./calls.ts";
import { type Draft, draftOf } from "./draft.ts";
import type { Hook } from "./hooks.ts";
import type { ProbeSource } from "./kernel-probes.ts";

import type { SiteKind } from "./sites.ts";
import { printSource, printTypeQuestions } from "./source.ts";

/** A one-liner as a program in C, and what becomes of what it sends. */
export interface Translated {
  /** What was translated. */
  readonly text: string;
  /** For the compiler: its messages name the user's lines. */
  readonly source: string;
  /** For people. */
  readonly readable: string;
  /** Where each program hooks in, by its name. */
  readonly hooks: ReadonlyMap<string, Hook>;
  /** What each map is for, by its name. */
  readonly sites: ReadonlyMap<string, Site & { readonly what: SiteKind }>;
  /** Maps that are the program's own: put() and take(), stacks. */
  readonly hidden: ReadonlySet<string>;
}

/** What the compiler's messages call the text. */
export const label = "-e";

/** From one-liners to C. The compiler is asked only for types that the text does not tell. Throws RunError and BuildError. */
export async function translate(text: string, probes: ProbeSource, color: boolean): Promise<Translated> {
  const draft = draftOf(text, probes);
  const types = draft.sites.unknownTypes === 0 ? [] : await askTypes(draft, color);
  return {
    text,
    source: printSource(draft, { types, label }),
    readable: printSource(draft, { types, label: null }),
    hooks: new Map(draft.programs.map(({ name, probe }) => [name, probe.hook])),
    sites: new Map(draft.sites.all.map((site) => [site.map, site])),
    hidden: new Set(["stacks", ...draft.sites.stores.map(({ name }) => name)]),
  };
}

async function askTypes(draft: Draft, color: boolean) {
  const { object } = await buildText(printTypeQuestions(draft, label), color);
  return answeredTypes(object, draft.sites.unknownTypes);
}

/** Compiles a text that lbc made. It stands in the cache under a name of its content, so that what it gives is found there again. */
export async function buildText(text: string, color: boolean): Promise<Built> {
  const name = createHash("sha256").update(text).digest("hex").slice(0, 16);
  const path = join(cacheFolder(), "run", `${name}.bpf.c`);
  if (!existsSync(path)) await writeOutput(path, new TextEncoder().encode(text));
  return buildObject([path], { color });
}

export { kernelProbes } from "./kernel-probes.ts";
export { ownLabel } from "./places.ts";
