import type { Language } from "@lbc/build";
import fc from "fast-check";
import type { Endianness } from "../fixtures.ts";
import type { Declarations } from "../suite/prepare.ts";
import { type Disagreement, type RunOptions, runDeclarations } from "../suite/run.ts";
import { randomType } from "./arbitrary.ts";
import { prelude, printType, type RandomType } from "./declaration.ts";

export interface RandomOptions extends RunOptions {
  /** How many types. */
  readonly count: number;
  /** Where to begin among them, a multiple of the batch: a run that was stopped goes on. */
  readonly from?: number;
  /** How many are built at once: more is faster, and needs more memory. */
  readonly batch: number;
  readonly progress?: (done: number) => void;
}

/** What went wrong, with the smallest declaration that was found to go wrong in the same language. */
export interface RandomFailure {
  readonly declaration: string;
  readonly disagreements: readonly Disagreement[];
}

/** Tries random types; the first type that fails is made as small as it can be. The same seed and batch give the same types. */
export async function runRandom(options: RandomOptions): Promise<RandomFailure | null> {
  for (let start = options.from ?? 0; start < options.count; start += options.batch) {
    const numRuns = Math.min(options.batch, options.count - start);
    const batch = { ...options, seed: options.seed + start, count: numRuns, only: onlyIn(options, start / options.batch) };
    const types = fc.sample(randomType, { numRuns, seed: batch.seed });
    const { disagreements } = await runDeclarations([declarationsOf(types, `random_${start}`)], batch);
    if (disagreements.length > 0) return shrink(batch, types, disagreements);
    options.progress?.(start + numRuns);
  }
  return null;
}

/** What takes longest to compile has every other batch in every other byte order. */
function onlyIn({ endiannesses }: RandomOptions, turn: number): ReadonlyMap<Language, Endianness> {
  const order = endiannesses[turn % endiannesses.length];
  return new Map(order === undefined ? [] : (["go", "rust"] as const).map((language) => [language, order]));
}

export function declarationsOf(types: readonly RandomType[], name: string): Declarations {
  return {
    name,
    text: [prelude, ...types.map((type, index) => printType(type, `t${index}`))].join("\n"),
    roots: types.map((type, index) => `${type.kind} t${index}`),
  };
}

/** How long shrinking may take, in milliseconds; what is smallest then is the answer. */
const shrinkingTime = 300_000;

/** Lets fast-check walk through the same types again up to one that fails, and shrink that. */
async function shrink(batch: RandomOptions, types: readonly RandomType[], found: readonly Disagreement[]): Promise<RandomFailure> {
  const languages = batch.languages.filter((language) => found.some(({ by }) => by === language));
  const options = { ...batch, languages };
  const tryTypes = async (some: readonly RandomType[]): Promise<readonly Disagreement[]> =>
    (await runDeclarations([declarationsOf(some, "shrunk")], options)).disagreements;
  const suspects = new Set(found.map(({ root }) => root));
  const named = declarationsOf(types, "").roots.findIndex((root) => suspects.has(root));
  const culprit = named >= 0 ? named : await bisect(types, async (some) => (await tryTypes(some)).length > 0);
  let turn = 0;
  let smallest: RandomFailure = { declaration: declarationsOf(types.slice(culprit, culprit + 1), "").text, disagreements: found };
  const property = fc.asyncProperty(randomType, async (type) => {
    if (turn++ < culprit) return;
    // what clang does not take is not smaller
    const disagreements = await tryTypes([type]).catch(() => []);
    if (disagreements.length === 0) return;
    smallest = { declaration: printType(type, "t0"), disagreements };
    throw new Error("disagreement");
  });
  await fc.check(property, { seed: batch.seed, numRuns: types.length, interruptAfterTimeLimit: shrinkingTime });
  return smallest;
}

/** The index of an element without which the rest would not fail. */
async function bisect<T>(all: readonly T[], fails: (some: readonly T[]) => Promise<boolean>): Promise<number> {
  let [start, end] = [0, all.length];
  while (end - start > 1) {
    const middle = (start + end) >> 1;
    if (await fails(all.slice(start, middle))) end = middle;
    else start = middle;
  }
  return start;
}
