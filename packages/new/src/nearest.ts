/** The choice that somebody who wrote this word most likely meant: what it begins, else what few typing mistakes make of it. */
export function nearest<Choice extends string>(word: string, choices: readonly Choice[]): Choice | undefined {
  const wanted = word.toLowerCase();
  const begun = choices.find((choice) => wanted !== "" && choice.startsWith(wanted));
  if (begun !== undefined) return begun;
  const [best] = choices.map((choice) => ({ choice, mistakes: distance(wanted, choice) })).sort((a, b) => a.mistakes - b.mistakes);
  return best !== undefined && best.mistakes <= best.choice.length / 3 ? best.choice : undefined;
}

/** How many letters have to be added, taken away or changed: Levenshtein's distance. */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (const [index, letter] of [...from].entries()) {
    const next = [index + 1];
    for (const [column, other] of [...to].entries()) {
      const changed = (row[column] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(changed, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
