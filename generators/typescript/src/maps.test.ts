import type { EventLayout, Layout, MapLayout, TypeRef } from "@lbc/core/layout";
import { beforeAll, expect, test } from "vitest";
import { goldenLayout } from "./load-module.test.support.ts";
import { typedMap } from "./maps.ts";
import { nameModule } from "./names.ts";
import type { Scope } from "./scope.ts";

let layout: Layout;
let hash: MapLayout;
beforeAll(async () => {
  layout = await goldenLayout("execsnoop");
  hash = layout.maps.find(({ type }) => type === "hash") as MapLayout;
});

const scope = (): Scope => ({
  layout,
  names: nameModule(layout),
  exactNumbers: false,
  scalars: new Set(),
  codecs: new Map(),
  use: (name) => name,
});
const u32: TypeRef = { kind: "int", bytes: 4, signed: false, role: "number" };
const typeOf = (change: Partial<MapLayout>): string => typedMap(scope(), { ...hash, ...change }).type;

test.each<[Partial<MapLayout>, string]>([
  [{}, "KeyedMap<number, bigint>"],
  [{ type: "percpu_hash", perCpu: true }, "PerCpuKeyedMap<number, bigint>"],
  [{ type: "array", access: "indexed" }, "IndexedMap<bigint>"],
  [{ type: "percpu_array", access: "indexed", perCpu: true }, "PerCpuIndexedMap<bigint>"],
  [{ type: "queue", access: "queue", key: null, keySize: 0 }, "QueueMap<bigint>"],
  [{ type: "task_storage", access: "storage" }, "KeyedMap<number, bigint>"],
  [{ type: "prog_array", access: "programs", value: u32, valueSize: 4 }, "KeyedMap<number, number>"],
  [{ key: null, keySize: 6 }, "KeyedMap<Uint8Array, bigint>"],
  [{ type: "arena", access: "memory", key: null, keySize: 0, value: null, valueSize: 0 }, "Arena"],
  [{ type: "bloom_filter", access: "bloom", key: null, keySize: 0 }, "MapHandle"],
])("a map with %o is a %s", (change, type) => {
  expect(typeOf(change)).toBe(type);
});

const event: EventLayout = { type: u32, from: "map", minBytes: 4, maxBytes: 4, fixed: true };

test("events of one length come in batches, others one by one", () => {
  expect(typeOf({ type: "ringbuf", access: "stream-out", event })).toBe("RingBuffer<number>");
  expect(typeOf({ type: "perf_event_array", access: "stream-out", event: { ...event, fixed: false } })).toBe(
    'Omit<PerfEventArray<number>, "batches">',
  );
});

test("events whose type is not known are bytes", () => {
  const unknown: MapLayout = { ...hash, type: "ringbuf", access: "stream-out", event: { ...event, type: null, fixed: false } };
  expect(typedMap(scope(), unknown)).toEqual({
    type: 'Omit<RingBuffer<Uint8Array>, "batches">',
    create: 'new RingBuffer(object.map("exec_counts"), record, { minBytes: 4, maxBytes: 4 })',
  });
});

test("the kernel's name of a map is a string of the language", () => {
  expect(typedMap(scope(), { ...hash, name: 'a"b' }).create).toContain('object.map("a\\"b")');
});
