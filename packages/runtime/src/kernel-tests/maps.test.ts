import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { IndexedMap, KeyedMap, type LoadedObject, PerCpuIndexedMap, PerCpuKeyedMap, scalars } from "../index.ts";
import { flow, flowKey, openFixture, packet } from "./fixtures.test.support.ts";
import { kernelBefore, skipFor } from "./needs.test.support.ts";

const { u32, u64 } = scalars("little");
let loaded: LoadedObject;

beforeAll(() => {
  loaded = openFixture("maps").load();
});
afterAll(() => loaded.close());

const touched = (count: bigint) => ({ count, delta: -5, color: -1, name: "touched" });

describe("what a program writes", () => {
  beforeAll(() => {
    loaded.section(".bss").view.setBigUint64(0, 0n, true);
    loaded.program("touch_maps").testRun({ data: packet });
  });

  // parity: maps.hash
  test("a hash map has, padding of the key included", () => {
    const map = new KeyedMap(loaded.map("hash_map"), flowKey, flow);
    expect(map.get({ id: 1, port: 80 })).toMatchObject({ delta: -5, color: -1, name: "touched" });
    expect(map.get({ id: 1, port: 81 })).toBeUndefined();
  });

  test("an LRU map has", () => {
    expect(new KeyedMap(loaded.map("lru_map"), u32, u64).get(1)).toBeGreaterThan(0n);
  });

  // parity: maps.per-cpu
  test("a per-CPU hash map has for one CPU, the others have zero", () => {
    const values = new PerCpuKeyedMap(loaded.map("percpu_map"), u32, u64).get(1) ?? [];
    expect(values.filter((value) => value !== 0n)).toHaveLength(1);
  });

  test("a per-CPU LRU map with values of 4 bytes has, each in its place", () => {
    const values = new PerCpuKeyedMap(loaded.map("lru_percpu_map"), u32, u32).get(1) ?? [];
    const [cpu] = values.filter((value) => value !== 0);
    expect(cpu === undefined || values[cpu] === cpu).toBe(true);
  });

  // parity: maps.array
  test("an array has at its index", () => {
    const map = new IndexedMap(loaded.map("array_map"), flow);
    expect(map.get(1)).toMatchObject({ delta: -5, name: "touched" });
    expect([...map].map(({ name }) => name)).toEqual(["", "touched", "", ""]);
  });

  test("a per-CPU array has for the CPU that ran it", () => {
    const values = new PerCpuIndexedMap(loaded.map("percpu_slots"), u32).get(1);
    expect(values.reduce((sum, value) => sum + value, 0) % 7).toBe(0);
    expect(values.some((value) => value > 0)).toBe(true);
  });
});

describe("what user space writes", () => {
  let counts: KeyedMap<number, bigint>;
  beforeEach(() => {
    counts = new KeyedMap(loaded.map("lru_map"), u32, u64);
    counts.clear();
  });

  test("comes back, by key, by walking and as a whole", () => {
    counts.set(7, 70n);
    counts.set(8, 80n);
    expect(counts.get(7)).toBe(70n);
    expect(new Map(counts)).toEqual(
      new Map([
        [7, 70n],
        [8, 80n],
      ]),
    );
    expect([...counts.keys()].sort()).toEqual([7, 8]);
    expect([...counts.values()].sort()).toEqual([70n, 80n]);
  });

  test("key 0 is a key like any other", () => {
    counts.set(0, 5n);
    expect([...counts]).toEqual([[0, 5n]]);
  });

  // parity: maps.update-modes
  test("an entry is created or replaced only if that is what was asked", () => {
    counts.set(1, 1n, "create");
    expect(() => counts.set(1, 2n, "create")).toThrow(expect.objectContaining({ code: "key-exists" }));
    expect(() => counts.set(2, 2n, "replace")).toThrow(expect.objectContaining({ code: "key-not-found" }));
    counts.set(1, 3n, "replace");
    expect(counts.get(1)).toBe(3n);
  });

  test("an entry is removed once", () => {
    counts.set(1, 1n);
    expect(counts.delete(1)).toBe(true);
    expect(counts.delete(1)).toBe(false);
    expect(counts.has(1)).toBe(false);
  });

  // parity: maps.take
  test("an entry can be taken out", ({ skip }) => {
    skipFor(skip, kernelBefore("5.14"));
    counts.set(1, 11n);
    expect(counts.take(1)).toBe(11n);
    expect(counts.take(1)).toBeUndefined();
  });

  // parity: maps.iterate
  test("entries may be removed while the map is walked", () => {
    for (let key = 0; key < 30; key++) counts.set(key, BigInt(key));
    const seen = new Set<number>();
    for (const [key] of counts) {
      seen.add(key);
      counts.delete(key);
    }
    expect(seen.size).toBe(30);
    expect([...counts]).toEqual([]);
  });

  test("every CPU's value is written and read", () => {
    const map = new PerCpuKeyedMap(loaded.map("percpu_map"), u32, u64);
    const values = (map.get(1) ?? []).map((_, cpu) => BigInt(cpu + 100));
    map.set(2, values);
    expect(map.get(2)).toEqual(values);
    expect(() => map.set(3, [...values, 1n])).toThrow(RangeError);
  });

  test("an array takes what is below its length", () => {
    const map = new IndexedMap(loaded.map("array_map"), flow);
    map.set(3, { count: 9n, delta: 1, color: 5, name: "x" });
    expect(map.get(3)).toEqual({ count: 9n, delta: 1, color: 5, name: "x" });
    expect(map.length).toBe(4);
    for (const index of [4, -1, 0.5]) expect(() => map.get(index)).toThrow(expect.objectContaining({ code: "bad-index" }));
  });

  test("a full hash map says so", () => {
    const map = new KeyedMap(loaded.map("hash_map"), flowKey, flow);
    expect(() => {
      for (let id = 0; id < 1000; id++) map.set({ id, port: 1 }, touched(1n));
    }).toThrow(expect.objectContaining({ code: "map-full", errno: "E2BIG" }));
    map.clear();
    expect([...map]).toEqual([]);
  });

  test("bytes go in and out as they are", () => {
    const map = loaded.map("lru_map");
    const key = Uint8Array.of(1, 0, 0, 0);
    map.update(key, Uint8Array.of(8, 7, 6, 5, 4, 3, 2, 1));
    expect(map.lookup(key)).toEqual(Uint8Array.of(8, 7, 6, 5, 4, 3, 2, 1));
    expect([...map.keys()]).toEqual([key]);
    expect(map.delete(key)).toBe(true);
    expect(() => map.lookup(new Uint8Array(3))).toThrow(expect.objectContaining({ code: "codec-mismatch" }));
  });

  test("codecs of other sizes are refused", () => {
    expect(() => new KeyedMap(loaded.map("lru_map"), u64, u64)).toThrow(expect.objectContaining({ code: "codec-mismatch" }));
    expect(() => new KeyedMap(loaded.map("percpu_map"), u32, u64)).toThrow(expect.objectContaining({ code: "codec-mismatch" }));
    expect(() => new PerCpuIndexedMap(loaded.map("array_map"), flow)).toThrow(expect.objectContaining({ code: "codec-mismatch" }));
  });
});
