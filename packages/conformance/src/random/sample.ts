import fc from "fast-check";
import { Random } from "../suite/random.ts";
import { randomType } from "./arbitrary.ts";
import type { RandomType } from "./declaration.ts";

/** The type at an index among those of a seed, whichever of the others are made. */
export function typeAt(seed: number, index: number): RandomType {
  const [type] = fc.sample(randomType, { seed: seedAt(seed, index), numRuns: 1 });
  if (type === undefined) throw new RangeError("nothing was sampled");
  return type;
}

/** Neighbours get seeds that have nothing in common. */
const seedAt = (seed: number, index: number): number => Number(new Random(seed * 2 ** 32 + index).bits(31));

/** How long shrinking may take, in milliseconds; what is smallest then is the answer. */
const shrinkingTime = 300_000;

/** The smallest type that fails, of those that fast-check makes of the one at an index: that one if no smaller one fails. */
export async function shrinkType(seed: number, index: number, fails: (type: RandomType) => Promise<boolean>): Promise<RandomType> {
  let smallest = typeAt(seed, index);
  const property = fc.asyncProperty(randomType, async (type) => {
    if (!(await fails(type))) return;
    smallest = type;
    throw new Error("disagreement");
  });
  await fc.check(property, { seed: seedAt(seed, index), numRuns: 1, interruptAfterTimeLimit: shrinkingTime });
  return smallest;
}
