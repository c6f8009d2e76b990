import { readdirSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { didYouMean } from "@lbc/core/layout";
import { RunError } from "./errors.ts";

/** What lbc run takes. */
const isProgram = (name: string): boolean => /\.(?:c|o)$/.test(name);
/** How a one-liner begins. */
const oneLiner = /^(?:[a-z_]+:\S|BEGIN\b|END\b)/;

/** Refuses what is no file, before a compiler is asked for it, with what was probably meant. Throws RunError `cannot-read`. */
export function checkFiles(files: readonly string[]): void {
  for (const file of files) {
    const info = statSync(file, { throwIfNoEntry: false });
    if (info === undefined) throw new RunError("cannot-read", { file, message: "there is no such file", hint: missingHint(file) });
    if (!info.isDirectory()) continue;
    const [first] = programsIn(file);
    const hint = first === undefined ? "name a source or an object, not a folder" : `name a file in it: ${join(file, first)}`;
    throw new RunError("cannot-read", { file, message: "this is a folder", hint });
  }
}

function missingHint(file: string): string {
  if (oneLiner.test(file)) return "a one-liner stands behind -e: lbc run -e 'HOOK { … }'";
  const name = basename(file);
  const beside = programsIn(dirname(file));
  const begun = beside.find((other) => other.startsWith(`${name}.`));
  return begun === undefined ? (didYouMean(name, beside) ?? "check the spelling of the path") : `did you mean ${begun}?`;
}

/** The sources and objects of a folder; none of what cannot be read. */
function programsIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter(isProgram).sort();
  } catch {
    return [];
  }
}
