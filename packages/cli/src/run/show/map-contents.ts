import { compositeOf, type Layout, type MapLayout, resolveTypedefs, type TypeRef } from "@lbc/core/layout";
import { type Codec, IndexedMap, KeyedMap, type LoadedObject, type MapHandle, PerCpuIndexedMap, PerCpuKeyedMap } from "@lbc/runtime";
import { type Column, columnsOf } from "./columns.ts";
import { byteText, type Plain, type PlainRecord, plainReader } from "./plain.ts";
import { isSum } from "./sums.ts";

/** One entry of a map. */
export interface Entry {
  readonly key: Plain;
  readonly value: Plain;
}

/** A map that people can look at: tables and arrays, those of each CPU added up, or where that makes no sense with an entry for each. */
export interface ShownMap {
  readonly map: MapLayout;
  readonly keyColumns: readonly Column[];
  readonly valueColumns: readonly Column[];
  /** All entries of a table; of an array those that are not all zero. */
  entries(): Entry[];
  /** Every element, zero or not. Of arrays only. */
  values(): Plain[];
  /** Removes all entries, or sets all elements to zero. */
  clear(): void;
}

/** Null for maps of other kinds: streams, queues (to look is to take), programs, sockets. */
export function shownMap(loaded: LoadedObject, layout: Layout, map: MapLayout): ShownMap | null {
  if (map.access !== "keyed" && map.access !== "indexed") return null;
  const parts = {
    map,
    keyColumns: map.key === null ? [bytesColumn("key")] : columnsOf(layout, map.key, "key"),
    valueColumns: map.value === null ? [bytesColumn("value")] : columnsOf(layout, map.value, "value"),
  };
  const handle = loaded.map(map.name);
  const key = codecOf(layout, map.key, map.keySize, "key");
  const value = codecOf(layout, map.value, map.valueSize, "value");
  if (map.perCpu && map.value !== null && !isSum(layout, map.value, "value")) return byCpu(parts, handle, key, value);
  if (map.access === "keyed") {
    const table = map.perCpu ? summed(new PerCpuKeyedMap(handle, key, value)) : new KeyedMap(handle, key, value);
    return {
      ...parts,
      entries: () => Array.from(table.entries(), ([entryKey, entryValue]) => ({ key: entryKey, value: entryValue })),
      values: () => [],
      clear: () => table.clear(),
    };
  }
  const array = map.perCpu ? summedArray(new PerCpuIndexedMap(handle, value)) : new IndexedMap(handle, value);
  return {
    ...parts,
    entries: () =>
      Array.from(handle.keys(), (indexBytes, index) => ({ index, isZero: handle.lookup(indexBytes)?.every((byte) => byte === 0) ?? true }))
        .filter(({ isZero }) => !isZero)
        .map(({ index }) => ({ key: index, value: array.get(index) })),
    values: () => Array.from({ length: array.length }, (_, index) => array.get(index)),
    clear: () => zeroAll(handle),
  };
}

function zeroAll(handle: MapHandle): void {
  const zeros = new Uint8Array(handle.access.value.length);
  for (const index of handle.keys()) handle.update(index, zeros);
}

/** The CPU is part of the key. What is all zero is left out: nothing was stored there. */
function byCpu(
  { map, keyColumns, valueColumns }: Pick<ShownMap, "map" | "keyColumns" | "valueColumns">,
  handle: MapHandle,
  key: Codec<Plain>,
  value: Codec<Plain>,
): ShownMap {
  const stored: Codec<Plain | null> = {
    ...value,
    decode: (view, offset, bytes) =>
      new Uint8Array(view.buffer, view.byteOffset + offset, value.size).every((byte) => byte === 0)
        ? null
        : value.decode(view, offset, bytes),
  };
  const table = map.access === "keyed" ? new PerCpuKeyedMap(handle, key, stored) : null;
  const entries = (): Iterable<[Plain, (Plain | null)[]]> => table?.entries() ?? new PerCpuIndexedMap(handle, stored).entries();
  return {
    map,
    keyColumns: [
      ...keyColumns.map((column) => ({ ...column, path: ["key", ...column.path] })),
      { ...bytesColumn("cpu"), path: ["cpu"], isNumber: true },
    ],
    valueColumns,
    entries: () =>
      Array.from(entries()).flatMap(([entryKey, values]) =>
        values.flatMap((one, cpu) => (one === null ? [] : [{ key: { key: entryKey, cpu }, value: one }])),
      ),
    values: () => [],
    clear: () => (table === null ? zeroAll(handle) : table.clear()),
  };
}

const bytesColumn = (name: string): Column => ({ name, path: [], isNumber: false, width: 1, isStack: false });

function codecOf(layout: Layout, type: TypeRef | null, size: number, name: string): Codec<Plain> {
  const read = type === null ? (view: DataView, offset: number) => byteText(view, offset, size) : plainReader(layout, type, name);
  return {
    size,
    decode: (view, offset) => read(view, offset, size),
    encode: () => {
      throw new TypeError("lbc run reads maps only");
    },
  };
}

interface Table {
  entries(): Iterable<[Plain, Plain]>;
  clear(): void;
}

const summed = (table: PerCpuKeyedMap<Plain, Plain>): Table => ({
  *entries() {
    for (const [key, values] of table.entries()) yield [key, values.reduce(add)];
  },
  clear: () => table.clear(),
});

const summedArray = (array: PerCpuIndexedMap<Plain>): { readonly length: number; get(index: number): Plain } => ({
  length: array.length,
  get: (index) => array.get(index).reduce(add),
});

/** Counters of several CPUs as one. */
export function add(a: Plain, b: Plain): Plain {
  if (typeof a === "bigint" && typeof b === "bigint") return a + b;
  if (typeof a === "number" && typeof b === "number") return a + b;
  if (Array.isArray(a) && Array.isArray(b)) return a.map((one, index) => add(one, b[index] as Plain));
  if (isRecord(a) && isRecord(b)) return Object.fromEntries(Object.entries(a).map(([name, one]) => [name, add(one, b[name] ?? one)]));
  return a;
}

const isRecord = (value: Plain): value is PlainRecord => typeof value === "object" && !Array.isArray(value);

/** Whether a map's values are counters, by which its entries can be sorted. */
export function isCounter(layout: Layout, map: MapLayout): boolean {
  if (map.value === null || compositeOf(layout, map.value) !== null) return false;
  const type = resolveTypedefs(layout, map.value);
  return type.kind === "int" && type.role === "number";
}
