import type { MapDefinition } from "@lbc/core/object";
import { expect, test } from "vitest";
import { decidedMap, type OpenMap, openMap } from "./open-map.ts";
import { mapDefaults } from "./small-object.test.support.ts";

const declared: MapDefinition = {
  ...mapDefaults,
  name: "counts",
  type: "hash",
  key: 1,
  value: 2,
  valueSize: 8,
  maxEntries: 10,
  flags: 1,
  pinning: "by-name",
};

const decided = (change: Partial<OpenMap>): MapDefinition => decidedMap(declared, { ...openMap(declared, "/sys/fs/bpf"), ...change });

test("a map that nobody changed is as it was declared", () => {
  expect(decided({})).toEqual(declared);
  expect(openMap(declared, "/pins")).toMatchObject({ pinPath: "/pins/counts", autocreate: true, innerMap: null });
});

test("everything that is set takes the place of the declaration", () => {
  const change = { type: "lru_hash", keySize: 8, valueSize: 16, maxEntries: 20, flags: 4, numaNode: 1 } as const;
  expect(decided({ ...change, mapExtra: 5n })).toEqual({ ...declared, ...change, extra: 5n });
});

test.each<[string, Partial<OpenMap>]>([
  ["keySize", { keySize: -1 }],
  ["valueSize", { valueSize: 1.5 }],
  ["maxEntries", { maxEntries: 2 ** 32 }],
  ["flags", { flags: Number.NaN }],
  ["numaNode", { numaNode: -1 }],
  ["mapExtra", { mapExtra: 1n << 64n }],
])("%s of no such width is refused by name", (what, change) => {
  expect(() => decided(change)).toThrow(
    expect.objectContaining({ code: "out-of-range", message: expect.stringContaining(what), place: { type: "counts" } }),
  );
});

test("a template is refused for a map that holds no maps", () => {
  expect(() => decided({ innerMap: { fd: 3 } })).toThrow(expect.objectContaining({ code: "unsupported", place: { type: "counts" } }));
  expect(decided({ type: "hash_of_maps", innerMap: { fd: 3 } }).type).toBe("hash_of_maps");
});
