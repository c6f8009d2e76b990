import { builtins } from "./builtins.ts";
import { isPreludeFunction } from "./prelude.ts";
import { mapNames } from "./sites.ts";

/** What a program has besides the variables: its context, its result, its name, and maps. */
const others: ReadonlySet<string> = new Set(["ctx", "retval", "probe", "stacks", ...Object.values(mapNames)]);

/** Whether the parameter at an index may have a name in C, which means nothing else in a program that lbc makes. */
export function isFree(name: string, index: number): boolean {
  if (name === `arg${index}`) return true;
  return !Object.hasOwn(builtins, name) && !isPreludeFunction(name) && !others.has(name) && !/^arg\d+$/.test(name);
}

/** What keeps its meaning whatever the arguments are called: the program's context, its result, and arguments by their place. */
export const isFixed = (name: string): boolean => name === "ctx" || name === "retval" || /^arg\d+$/.test(name);
