import fc from "fast-check";
import { type Declarations, type Disagreement, type RunOptions, runDeclarations } from "../suite/run.ts";
import { randomType } from "./arbitrary.ts";
import { prelude, printType, type RandomType } from "./declaration.ts";

export interface RandomOptions extends RunOptions {
  /** How many types. */
  readonly count: number;
  /** How many are built at once: more is faster, and needs more memory. */
  readonly batch: number;
  readonly progress?: (done: number) => void;
}

/** What went wrong, with the smallest declaration that was found to go wrong in the same language. */
export interface RandomFailure {
  readonly declaration: string;
  readonly disagreements: readonly Disagreement[];
}

/** Tries random types; the first type that fails is made as small as it can be. The same seed gives the same types. */
export async function runRandom(options: RandomOptions): Promise<RandomFailure | null> {
  for (let start = 0; start < options.count; start += options.batch) {
    const numRuns = Math.min(options.batch, options.count - start);
    const seed = options.seed + start;
    const types = fc.sample(randomType, { numRuns, seed });
    const found = await runDeclarations([declarationsOf(types, `random_${start}`)], { ...options, seed });
    if (found.length > 0) return shrink({ ...options, seed }, numRuns, found);
    options.progress?.(start + numRuns);
  }
  return null;
}

export function declarationsOf(types: readonly RandomType[], name: string): Declarations {
  return {
    name,
    text: [prelude, ...types.map((type, index) => printType(type, `t${index}`))].join("\n"),
    roots: types.map((type, index) => `${type.kind} t${index}`),
  };
}

/** How long shrinking may take; what is smallest then is the answer. */
const shrinkingTime = 120_000;

/** Lets fast-check walk through the same types again, knowing which ones fail, and shrink the first of those. */
async function shrink(options: RandomOptions, numRuns: number, found: readonly Disagreement[]): Promise<RandomFailure> {
  const by = new Set(found.map((disagreement) => disagreement.by));
  const languages = options.languages.filter((language) => by.has(language));
  const suspects = new Set(found.map(({ root }) => root));
  const whole = suspects.has(null);
  let turn = 0;
  let smallest: RandomFailure = { declaration: "", disagreements: found };
  const property = fc.asyncProperty(randomType, async (type) => {
    const index = turn++;
    if (index < numRuns && !whole && !suspects.has(`${type.kind} t${index}`)) return;
    const declarations = declarationsOf([type], "shrunk");
    const disagreements = await runDeclarations([declarations], { ...options, languages }).catch(() => []);
    if (disagreements.length === 0) return;
    smallest = { declaration: declarations.text.slice(prelude.length), disagreements };
    throw new Error("disagreement");
  });
  await fc.check(property, { seed: options.seed, numRuns, interruptAfterTimeLimit: shrinkingTime });
  return smallest;
}
