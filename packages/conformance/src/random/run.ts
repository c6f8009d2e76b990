import type { Language } from "@lbc/build";
import type { Endianness } from "../fixtures.ts";
import type { Declarations } from "../suite/prepare.ts";
import { type Disagreement, type RunOptions, runDeclarations } from "../suite/run.ts";
import { prelude, printType, type RandomType } from "./declaration.ts";
import { shrinkType, typeAt } from "./sample.ts";

export interface RandomOptions extends RunOptions {
  /** How many types. */
  readonly count: number;
  /** Where to begin among them: a run that was stopped goes on. */
  readonly from?: number;
  /** How many are built at once: more is faster, and needs more memory. */
  readonly batch: number;
  /** How many batches are under way at a time. */
  readonly jobs: number;
  /** Called with the number of types that are done, all before it included. */
  readonly progress?: (done: number) => void;
}

/** What went wrong, with the smallest declaration that was found to go wrong in the same language. */
export interface RandomFailure {
  readonly declaration: string;
  readonly disagreements: readonly Disagreement[];
}

/** Some of the random types of a seed. */
interface Batch {
  readonly start: number;
  readonly types: readonly RandomType[];
  readonly options: RandomOptions;
}

/** Tries random types; the first type that fails is made as small as it can be. The same seed gives the same types. */
export async function runRandom(options: RandomOptions): Promise<RandomFailure | null> {
  const underWay = new Set<number>();
  const batches = batchesOf(options);
  let failure: Promise<RandomFailure> | null = null;
  let next = options.from ?? 0;
  const worker = async (): Promise<void> => {
    for (const batch of batches) {
      underWay.add(batch.start);
      next = batch.start + batch.types.length;
      const { disagreements } = await runDeclarations([declarationsOf(batch.types, `random_${batch.start}`)], batch.options);
      if (failure !== null) return;
      if (disagreements.length > 0) failure = shrink(batch, disagreements);
      underWay.delete(batch.start);
      options.progress?.(Math.min(next, ...underWay));
    }
  };
  await Promise.all(Array.from({ length: options.jobs }, worker));
  return failure;
}

function* batchesOf(options: RandomOptions): Generator<Batch, void> {
  for (let start = options.from ?? 0; start < options.count; start += options.batch) {
    const length = Math.min(options.batch, options.count - start);
    const types = Array.from({ length }, (_, index) => typeAt(options.seed, start + index));
    const only = onlyIn(options, start / options.batch);
    yield { start, types, options: { ...options, only } };
  }
}

/** What takes longest to compile has every other batch in every other byte order. */
function onlyIn({ endiannesses }: RandomOptions, turn: number): ReadonlyMap<Language, Endianness> {
  const order = endiannesses[Math.floor(turn) % endiannesses.length];
  return new Map(order === undefined ? [] : (["go", "rust"] as const).map((language) => [language, order]));
}

export function declarationsOf(types: readonly RandomType[], name: string): Declarations {
  return {
    name,
    text: [prelude, ...types.map((type, index) => printType(type, `t${index}`))].join("\n"),
    roots: types.map((type, index) => `${type.kind} t${index}`),
  };
}

/** Finds the type of a batch that fails, and makes it as small as it can be. */
async function shrink({ start, types, options }: Batch, found: readonly Disagreement[]): Promise<RandomFailure> {
  const languages = options.languages.filter((language) => found.some(({ by }) => by === language));
  const tryTypes = async (some: readonly RandomType[]): Promise<readonly Disagreement[]> =>
    (await runDeclarations([declarationsOf(some, "shrunk")], { ...options, languages })).disagreements;
  const suspects = new Set(found.map(({ root }) => root));
  const named = declarationsOf(types, "").roots.findIndex((root) => suspects.has(root));
  const culprit = named >= 0 ? named : await bisect(types, async (some) => (await tryTypes(some)).length > 0);
  let disagreements = found;
  const smallest = await shrinkType(options.seed, start + culprit, async (type) => {
    // what clang does not take is not smaller
    const now = await tryTypes([type]).catch(() => []);
    if (now.length > 0) disagreements = now;
    return now.length > 0;
  });
  return { declaration: printType(smallest, "t0"), disagreements };
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
