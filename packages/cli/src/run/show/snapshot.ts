import type { Layout } from "@lbc/core/layout";
import type { LoadedObject } from "@lbc/runtime";
import { type HistogramKind, histogramRows } from "@lbc/runtime/histogram";
import type { Scale, Site } from "../oneliner/calls.ts";
import type { SiteKind } from "../oneliner/sites.ts";
import { negativeSlot, slotsOf } from "../oneliner/statements.ts";
import type { Column } from "./columns.ts";
import { type Entry, isCounter, type ShownMap, shownMap } from "./map-contents.ts";
import type { Plain, PlainRecord } from "./plain.ts";

/** What is in a map at one moment. */
export type Snapshot = (TableSnapshot | HistogramSnapshot) & {
  /** Entries or groups that were left out. */
  readonly more: number;
};

export interface TableSnapshot {
  readonly kind: "table";
  readonly map: string;
  /** What people are told that it is. */
  readonly title: string;
  readonly keyColumns: readonly Column[];
  readonly valueColumns: readonly Column[];
  /** Counters: the largest first. Others: by key. */
  readonly entries: readonly Entry[];
}

export interface HistogramSnapshot {
  readonly kind: "histogram";
  readonly map: string;
  readonly title: string;
  readonly scale: HistogramKind | "range";
  readonly keyColumns: readonly Column[];
  /** One for each key; a histogram without keys has one without a key. */
  readonly groups: readonly { readonly key: Plain | null; readonly slots: readonly HistogramSlot[] }[];
}

/** Values from `from` to `to`, both included; null: there is no limit. */
export interface HistogramSlot {
  readonly from: bigint | null;
  readonly to: bigint | null;
  readonly count: bigint;
}

/** A map that is looked at again and again. */
export interface Watched {
  /** `most` entries or groups, the largest. */
  take(most: number): Snapshot;
  clear(): void;
}

/** What the maps of an object show; `sites` and `hidden` tell what a one-liner has them for. */
export function watchMaps(
  loaded: LoadedObject,
  layout: Layout,
  sites: ReadonlyMap<string, Site & { readonly what: SiteKind }>,
  hidden: ReadonlySet<string>,
): Watched[] {
  return layout.maps.flatMap((map): Watched[] => {
    const shown = hidden.has(map.name) ? null : shownMap(loaded, layout, map);
    if (shown === null) return [];
    const site = sites.get(map.name);
    const what = site?.what;
    const title = site?.title ?? map.name;
    const take = (): TableSnapshot | HistogramSnapshot => {
      if (what?.kind === "histogram") {
        return map.access === "keyed" ? keyedHistogram(shown, title, what.scale) : plainHistogram(shown, title, what.scale);
      }
      if (map.histogram !== null) return histogram(shown, title);
      if (what?.kind === "aggregate") return aggregate(shown, title, what.by);
      return table(shown, title, isCounter(layout, map));
    };
    return [{ take: (most) => limited(take(), most), clear: () => shown.clear() }];
  });
}

function limited(snapshot: TableSnapshot | HistogramSnapshot, most: number): Snapshot {
  if (snapshot.kind === "table") {
    return { ...snapshot, entries: snapshot.entries.slice(0, most), more: Math.max(0, snapshot.entries.length - most) };
  }
  return { ...snapshot, groups: snapshot.groups.slice(0, most), more: Math.max(0, snapshot.groups.length - most) };
}

function table(shown: ShownMap, title: string, byCount: boolean): TableSnapshot {
  const { map, keyColumns, valueColumns } = shown;
  return { kind: "table", map: map.name, title, keyColumns, valueColumns, entries: sorted(shown.entries(), byCount) };
}

/** A one-liner's table: without a key it has one entry, and averages are computed here. */
function aggregate(shown: ShownMap, title: string, by: string): TableSnapshot {
  const entries = by === "avg" ? shown.entries().map(({ key, value }) => ({ key, value: average(value as PlainRecord) })) : shown.entries();
  const isPlain = shown.keyColumns.every(({ path }) => path.length === 0);
  return {
    kind: "table",
    map: shown.map.name,
    title,
    keyColumns: isPlain ? [] : shown.keyColumns,
    valueColumns: [{ name: by, path: [], isNumber: true, width: 1, isStack: false }],
    entries: sorted(entries, true),
  };
}

function average({ total, count }: PlainRecord): Plain {
  return count === 0n ? 0n : (total as bigint) / (count as bigint);
}

function sorted(entries: readonly Entry[], byCount: boolean): Entry[] {
  return entries.toSorted((a, b) => (byCount ? compare(b.value, a.value) : 0) || compare(a.key, b.key));
}

/** Numbers by size, texts by letter, records by their first member that differs. */
export function compare(a: Plain, b: Plain): number {
  if (typeof a === "object" && typeof b === "object") {
    const [these, those] = [Object.values(a), Object.values(b)];
    for (const [index, one] of these.entries()) {
      const order = compare(one, those[index] ?? 0);
      if (order !== 0) return order;
    }
    return 0;
  }
  return a < b ? -1 : a > b ? 1 : 0;
}

function histogram(shown: ShownMap, title: string): HistogramSnapshot {
  const { name, histogram: scale } = shown.map;
  const slots = histogramRows(shown.values().map(countOf), scale ?? "linear");
  return { kind: "histogram", map: name, title, scale: scale ?? "linear", keyColumns: [], groups: [{ key: null, slots }] };
}

/** A one-liner's, without a key. */
function plainHistogram(shown: ShownMap, title: string, scale: Scale): HistogramSnapshot {
  const slots = slotsIn(shown.values().map(countOf), scale);
  return { kind: "histogram", map: shown.map.name, title, scale: scaleName(scale), keyColumns: [], groups: [{ key: null, slots }] };
}

const scaleName = ({ kind }: Scale): HistogramSnapshot["scale"] => (kind === "log2" ? "log2" : "range");

/** A table whose keys end with the slot. */
function keyedHistogram(shown: ShownMap, title: string, scale: Scale): HistogramSnapshot {
  const groups = new Map<string, { readonly key: PlainRecord; readonly counts: bigint[] }>();
  for (const { key, value } of shown.entries()) {
    const { slot, ...rest } = key as PlainRecord;
    const name = Object.values(rest).map(String).join("\0");
    const group = groups.get(name) ?? { key: rest, counts: [] };
    groups.set(name, group);
    group.counts[Number(slot)] = countOf(value);
  }
  return {
    kind: "histogram",
    map: shown.map.name,
    title,
    scale: scaleName(scale),
    keyColumns: shown.keyColumns.filter(({ path }) => path[0] !== "slot" || path.length > 1),
    groups: [...groups.values()]
      .map(({ key, counts }) => ({
        key,
        slots: slotsIn(
          Array.from(counts, (count) => count ?? 0n),
          scale,
        ),
      }))
      .sort((a, b) => compare(total(b.slots), total(a.slots)) || compare(a.key, b.key)),
  };
}

const countOf = (value: Plain): bigint => (typeof value === "bigint" || typeof value === "number" ? BigInt(value) : 0n);
const total = (slots: readonly HistogramSlot[]): bigint => slots.reduce((sum, { count }) => sum + count, 0n);

function slotsIn(counts: readonly bigint[], scale: Scale): HistogramSlot[] {
  return scale.kind === "log2" ? log2Slots(counts) : rangeSlots(counts, scale);
}

/** What is below zero comes first. */
function log2Slots(counts: readonly bigint[]): HistogramSlot[] {
  const negative = counts[negativeSlot] ?? 0n;
  const rows = histogramRows(counts.slice(0, negativeSlot), "log2");
  return negative === 0n ? rows : [{ from: null, to: -1n, count: negative }, ...rows];
}

/** From the first to the last slot that counted anything. */
function rangeSlots(counts: readonly bigint[], scale: Extract<Scale, { readonly kind: "linear" }>): HistogramSlot[] {
  const { lowest, highest, step } = scale;
  const last = slotsOf(scale) - 1;
  const slots = Array.from({ length: last + 1 }, (_, slot): HistogramSlot => {
    const from = lowest + (slot - 1) * step;
    return {
      from: slot === 0 ? null : BigInt(slot === last ? highest : from),
      to: slot === last ? null : BigInt((slot === 0 ? lowest : Math.min(from + step, highest)) - 1),
      count: counts[slot] ?? 0n,
    };
  });
  const isFilled = ({ count }: HistogramSlot): boolean => count > 0n;
  const first = slots.findIndex(isFilled);
  return first === -1 ? [] : slots.slice(first, slots.findLastIndex(isFilled) + 1);
}
