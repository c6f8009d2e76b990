import type { MapLayout } from "@lbc/core/layout";
import { expect, test } from "vitest";
import { layoutOf, map, named, struct, u32 } from "./layout.test-support.ts";
import { mapAttributes } from "./maps.ts";

const types = [struct(0, "event", 16, [])];
const names = { layout: { types }, order: "le", classes: new Map([[0, "Event"]]) };
const stream = (event: Partial<MapLayout["event"]>): Partial<MapLayout> => ({
  access: "stream-out",
  event: { type: named(0), from: "map", minBytes: 16, maxBytes: 16, fixed: true, ...event },
});

test.each<[string, Partial<MapLayout>, string]>([
  ["a hash", {}, 'HashMap(bpf, "m", le.u32, le.u64)'],
  ["a per-CPU hash", { perCpu: true }, 'HashMap(bpf, "m", le.u32, le.per_cpu(le.u64))'],
  ["an array", { access: "indexed" }, 'ArrayMap(bpf, "m", le.u32, le.u64)'],
  ["a hash without types", { key: null, value: null, keySize: 6, valueSize: 3 }, 'HashMap(bpf, "m", le.raw(6), le.raw(3))'],
  ["a prog array", { access: "programs", value: u32, valueSize: 4 }, 'ReferenceMap(bpf, "m", le.u32, le.u32)'],
  ["a histogram", { access: "indexed", histogram: "log2" }, 'HistogramMap(bpf, "m", le.u32, le.u64, "log2")'],
  [
    "a per-CPU histogram",
    { access: "indexed", perCpu: true, histogram: "linear" },
    'HistogramMap(bpf, "m", le.u32, le.per_cpu(le.u64), "linear")',
  ],
  ["a map of stacks", { access: "stack-traces", value: null, valueSize: 1016 }, 'StackTraces(bpf, "m")'],
  [
    "a map of stacks by build id",
    { access: "stack-traces", value: null, valueSize: 64, flags: 32 },
    'HashMap(bpf, "m", le.u32, le.raw(64))',
  ],
  ["a queue", { access: "queue", key: null, keySize: 0 }, 'Queue(bpf, "m", le.u64)'],
  ["a bloom filter", { access: "bloom", key: null, keySize: 0, value: u32 }, 'BloomFilter(bpf, "m", le.u32)'],
  ["a stream of one type", stream({}), 'FixedEventStream(bpf, "m", le.struct(Event))'],
  [
    "a stream of records of several lengths",
    stream({ fixed: false, minBytes: 8, maxBytes: null }),
    'EventStream(bpf, "m", le.struct(Event), least=8, most=None)',
  ],
  ["a stream of bytes", stream({ type: null, minBytes: 0, maxBytes: 32 }), 'RawEventStream(bpf, "m", least=0, most=32)'],
  [
    "a map of devices with programs",
    { access: "redirect", type: "devmap", value: null, valueSize: 8 },
    'HashMap(bpf, "m", le.u32, le.raw(8))',
  ],
  ["a ring that user space writes", { access: "stream-in", event: null }, 'UserRing(bpf, "m")'],
  ["an arena", { access: "memory" }, 'Map(bpf, "m")'],
])("%s is %3$s", (_, parts, want) => {
  const [made] = mapAttributes(names, layoutOf("object", { maps: [map("m", parts)] }));
  expect(made?.line).toBe(`self.m = ${want}`);
});

test("struct_ops stand beside the maps, and names are told apart", () => {
  const ops = { name: "a_b", typeName: "ops", section: ".struct_ops", link: true, size: 8, functions: [], fields: [], doc: "Mine." };
  const made = mapAttributes(names, layoutOf("object", { maps: [map("a.b", {})], structOps: [ops] }));
  expect(made.map(({ line, doc }) => [line, doc])).toEqual([
    ['self.a_b_2 = HashMap(bpf, "a.b", le.u32, le.u64)', "hash, 64 entries."],
    ['self.a_b = StructOps(bpf, "a_b")', "``struct ops``. Mine."],
  ]);
});
