import type { Language } from "@lbc/build";
import type { Layout } from "@lbc/core/layout";

/** One SDK of one object, as it was written. */
export interface Unit {
  /** The object's name; unique in the run. */
  readonly name: string;
  readonly folder: string;
  readonly layout: Layout;
}

/** Runs a language's strictest checker over all SDKs at once; returns what it says of each that it refuses, by name. */
export type Check = (units: readonly Unit[], folder: string) => Promise<Map<string, string>>;

export type Checks = Readonly<Record<Language, Check>>;

/** Sorts a checker's lines by the SDK whose folder they name; lines that name none go to every SDK, so that nothing is lost. */
export function assign(units: readonly Unit[], output: string, failed: boolean): Map<string, string> {
  const refused = new Map<string, string>();
  for (const line of output.split("\n")) {
    const unit = units.find(({ name }) => line.includes(`/${name}/`) || line.startsWith(`${name}/`));
    if (unit !== undefined && !refused.has(unit.name)) refused.set(unit.name, line.trim());
  }
  if (failed && refused.size === 0)
    for (const { name } of units) refused.set(name, output.trim().split("\n").at(-1) ?? "the checker failed");
  return failed ? refused : new Map();
}
