import { builtins } from "./builtins.ts";
import type { Aggregate } from "./calls.ts";
import { isPreludeFunction } from "./prelude.ts";

/** What the map of each kind of call is called, and the struct of its events. */
export const mapNames: Readonly<Record<Aggregate | "emit" | "histogram", string>> = {
  emit: "events",
  count: "counts",
  sum: "sums",
  min: "minima",
  max: "maxima",
  avg: "averages",
  histogram: "values",
};

/** Whether a program has something of that name by itself: a variable, a function, the context, its result, the map of stacks. */
export function hasMeaning(name: string): boolean {
  return Object.hasOwn(builtins, name) || isPreludeFunction(name) || name === "probe" || name === "stacks" || isFixed(name);
}

/** What keeps its meaning whatever the arguments are called: the program's context, its result, and arguments by their place. */
export const isFixed = (name: string): boolean => name === "ctx" || name === "retval" || /^arg\d+$/.test(name);

const maps: ReadonlySet<string> = new Set(Object.values(mapNames));

/** Whether the parameter at an index may have its name in C, where it would hide what a program needs. */
export const isFree = (name: string, index: number): boolean => name === `arg${index}` || !(hasMeaning(name) || maps.has(name));
