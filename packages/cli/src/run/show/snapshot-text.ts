import { table as alignedTable, grouped } from "../../inspect/text.ts";
import { type Column, cellText, valueAt } from "./columns.ts";
import type { Plain } from "./plain.ts";
import type { HistogramSlot, HistogramSnapshot, Snapshot, TableSnapshot } from "./snapshot.ts";
import { type Stacks, stackLines } from "./stacks.ts";

const barWidth = 40;

/** A map as lines of text, its title first; none where it is empty. */
export function snapshotLines(snapshot: Snapshot, stacks: Pick<Stacks, "of">): string[] {
  const lines = snapshot.kind === "table" ? tableLines(snapshot, stacks) : histogramLines(snapshot, stacks);
  const more = snapshot.more === 0 ? [] : [`  … and ${grouped(snapshot.more)} more`];
  return lines.length === 0 ? [] : [snapshot.title, ...lines, ...more];
}

function tableLines({ keyColumns, valueColumns, entries }: TableSnapshot, stacks: Pick<Stacks, "of">): string[] {
  if (entries.length === 0) return [];
  const keys = keyColumns.filter(({ isStack }) => !isStack);
  const cells = (column: Column, value: Plain) => ({ text: cellText(valueAt(value, column.path)), alignRight: column.isNumber });
  const heading = [...keys, ...valueColumns].map(({ name, isNumber }) => ({ text: name, alignRight: isNumber }));
  const rows = entries.map(({ key, value }) => [
    ...keys.map((column) => cells(column, key)),
    ...valueColumns.map((column) => cells(column, value)),
  ]);
  const [head = "", ...lines] = alignedTable([heading, ...rows]);
  return [head, ...lines.flatMap((line, index) => [...keyStacks(keyColumns, entries[index]?.key ?? 0, stacks), line])];
}

/** The stacks of a key stand above its counter, as the way to it. */
function keyStacks(columns: readonly Column[], key: Plain, stacks: Pick<Stacks, "of">): string[] {
  const found = [...stacks.of(columns, key).values()];
  const lines = found.flatMap(({ id, stack }) => stackLines(id, stack, "    "));
  return lines.length === 0 ? [] : ["", ...lines];
}

function histogramLines({ groups, keyColumns }: HistogramSnapshot, stacks: Pick<Stacks, "of">): string[] {
  return groups.flatMap(({ key, slots }) => {
    if (slots.length === 0) return [];
    const bars = slotLines(slots);
    if (key === null) return bars;
    const names = keyColumns.filter(({ isStack }) => !isStack).map((column) => `${column.name} ${cellText(valueAt(key, column.path))}`);
    return ["", ...keyStacks(keyColumns, key, stacks), `  ${names.join(", ")}`, ...bars];
  });
}

/** A bar for each slot. */
function slotLines(slots: readonly HistogramSlot[]): string[] {
  const most = slots.reduce((highest, { count }) => (count > highest ? count : highest), 1n);
  const edge = (value: bigint | null): string => (value === null ? "…" : String(value));
  return alignedTable(
    slots.map(({ from, to, count }) => [
      { text: edge(from), alignRight: true },
      { text: from !== null && from === to ? "" : `-> ${edge(to)}` },
      { text: String(count), alignRight: true },
      { text: `|${"*".repeat(Number((count * BigInt(barWidth)) / most)).padEnd(barWidth)}|` },
    ]),
  );
}
