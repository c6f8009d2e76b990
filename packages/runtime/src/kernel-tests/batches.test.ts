import { describe, expect, test } from "vitest";
import { bytes, KeyedMap, MapHandle, PerCpuKeyedMap, scalars } from "../index.ts";

const { u32, u64 } = scalars("little");
/** BPF_F_NO_PREALLOC, without which the kernel makes no trie. */
const withoutPreallocation = 1;
/** 192.0.2.`last`/32: `struct bpf_lpm_trie_key`. */
const prefixOf = (last: number): Uint8Array => Uint8Array.of(32, 0, 0, 0, 192, 0, 2, last);

describe("many entries at once", () => {
  // parity: maps.batch
  test.each(["hash", "lru_hash"] as const)("are written, read, removed and taken out of a %s", (type) => {
    using handle = MapHandle.create({ type, valueSize: 8, maxEntries: 40_000 });
    const map = new KeyedMap(handle, u32, u64);
    const entries = Array.from({ length: 10_000 }, (_, index): [number, bigint] => [index, BigInt(index) * 3n]);
    map.setAll(entries);
    expect(map.readAll().sort(([a], [b]) => a - b)).toEqual(entries);
    map.deleteAll(Array.from({ length: 5000 }, (_, index) => index));
    expect(map.takeAll().sort(([a], [b]) => a - b)).toEqual(entries.slice(5000));
    expect(map.readAll()).toEqual([]);
  });

  test("of which the last call writes and removes a few only", () => {
    using handle = MapHandle.create({ type: "hash", valueSize: 8, maxEntries: 5000 });
    const map = new KeyedMap(handle, u32, u64);
    const keys = Array.from({ length: 4097 }, (_, index) => index);
    map.setAll(keys.map((key) => [key, 7n]));
    expect(new Map(map.readAll())).toEqual(new Map(keys.map((key) => [key, 7n])));
    map.deleteAll(keys.slice(1));
    expect(map.readAll()).toEqual([[0, 7n]]);
  });

  test("of a small hash are read although one bucket holds more than was asked for", () => {
    using handle = MapHandle.create({ type: "hash", valueSize: 8, maxEntries: 2 });
    const map = new KeyedMap(handle, u32, u64);
    map.setAll([
      [1, 10n],
      [2, 20n],
    ]);
    expect(new Map(map.readAll())).toEqual(
      new Map([
        [1, 10n],
        [2, 20n],
      ]),
    );
  });

  test("of a trie are taken one by one where the kernel cannot take them at once", () => {
    using handle = MapHandle.create({ type: "lpm_trie", keySize: 8, valueSize: 4, maxEntries: 16, flags: withoutPreallocation });
    const routes = new KeyedMap(handle, bytes(8), u32);
    routes.setAll([1, 2, 3].map((last) => [prefixOf(last), last]));
    const sorted = (entries: readonly (readonly [Uint8Array, number])[]): number[] => entries.map(([, value]) => value).sort();
    expect(sorted(routes.readAll())).toEqual([1, 2, 3]);
    expect(sorted(routes.takeAll())).toEqual([1, 2, 3]);
    expect([...routes]).toEqual([]);
  });

  test("of a per-CPU hash have a value for each CPU", () => {
    using handle = MapHandle.create({ type: "percpu_hash", valueSize: 4, maxEntries: 16 });
    const map = new PerCpuKeyedMap(handle, u32, u32);
    const values = Array.from({ length: handle.access.cpus }, (_, cpu) => cpu + 1);
    map.setAll([[5, values]]);
    expect(map.readAll()).toEqual([[5, values]]);
  });
});
