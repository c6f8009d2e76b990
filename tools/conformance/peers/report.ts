import type { Verdict } from "./verdict.ts";

/** What became of the fixtures in the hands of one generator. */
export interface Row {
  readonly name: string;
  readonly note: string;
  /** By fixture. */
  readonly verdicts: ReadonlyMap<string, Verdict>;
}

/** A table of how many fixtures each takes, compiles and gets right, and below it what goes wrong, a line each. */
export function reportRows(rows: readonly Row[]): string {
  const table = rows.map(({ name, note, verdicts }) => {
    const all = [...verdicts.values()];
    const count = (...reached: Verdict["reached"][]): number => all.filter((verdict) => reached.includes(verdict.reached)).length;
    const numbers = [count("does not compile", "wrong", "right"), count("wrong", "right"), count("right")];
    const cells = numbers.map((number) => `${number}/${all.length}`.padStart(9));
    return `${name.padEnd(16)}${cells.join("")}${note === "" ? "" : `  (${note})`}`;
  });
  const reasons = rows.flatMap(({ name, verdicts }) =>
    [...verdicts]
      .filter(([, { reached }]) => reached !== "right")
      .map(([unit, { reached, why }]) => `${name}: ${unit} ${reached}: ${short(why)}`),
  );
  return [`${"".padEnd(16)}${["takes", "compiles", "right"].map((head) => head.padStart(9)).join("")}`, ...table, "", ...reasons].join(
    "\n",
  );
}

const short = (text: string): string => (text.length > 160 ? `${text.slice(0, 159)}…` : text);
