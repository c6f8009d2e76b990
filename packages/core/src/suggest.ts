/** Edit distance (insert, delete, replace, swap of neighbours counts as two), or `limit + 1` once it exceeds `limit`. */
function distance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next[j] = Math.min(replaced, (row[j] as number) + 1, (next[j - 1] as number) + 1);
    }
    if (Math.min(...next) > limit) return limit + 1;
    row = next;
  }
  return row[b.length] as number;
}

/** The names nearest to one that does not exist, best first: at most two letters or a third of them may differ, or one contains the other. */
export function nearest(name: string, names: Iterable<string>, count = 3): string[] {
  const limit = name.length < 4 ? 1 : Math.max(2, Math.floor(name.length / 3));
  const wanted = name.toLowerCase();
  const scored: { name: string; score: number }[] = [];
  for (const candidate of new Set(names)) {
    const other = candidate.toLowerCase();
    const edits = distance(wanted, other, limit);
    const contained = wanted.length >= 3 && other.length >= 3 && (other.includes(wanted) || wanted.includes(other));
    if (edits <= limit) scored.push({ name: candidate, score: edits });
    else if (contained) scored.push({ name: candidate, score: limit + Math.abs(other.length - wanted.length) });
  }
  scored.sort((a, b) => a.score - b.score || (a.name < b.name ? -1 : 1));
  return scored.slice(0, count).map((found) => found.name);
}

/** `did you mean event or exec_event?`, or null where nothing is near. */
export function didYouMean(name: string, names: Iterable<string>): string | null {
  const found = nearest(name, names);
  const last = found.pop();
  if (last === undefined) return null;
  return `did you mean ${found.length === 0 ? last : `${found.join(", ")} or ${last}`}?`;
}
