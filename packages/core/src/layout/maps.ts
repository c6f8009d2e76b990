import type { StreamEvidence } from "../events/index.ts";
import type { MapDefinition, MapType } from "../object/index.ts";
import type { Root } from "./collect.ts";
import { holdsAddresses } from "./declared.ts";
import type { TypeSource } from "./source.ts";
import type { TypeTable } from "./type-table.ts";
import type { EventLayout, MapAccess, MapLayout, Note, TypeRef } from "./types.ts";

/** Types that are not listed are looked up by key. @see https://docs.kernel.org/bpf/maps.html */
const accessOf: Partial<Record<MapType, MapAccess>> = {
  array: "indexed",
  percpu_array: "indexed",
  insn_array: "indexed",
  queue: "queue",
  stack: "queue",
  bloom_filter: "bloom",
  sk_storage: "storage",
  inode_storage: "storage",
  task_storage: "storage",
  cgrp_storage: "storage",
  cgroup_storage: "storage",
  percpu_cgroup_storage: "storage",
  user_ringbuf: "stream-in",
  ringbuf: "stream-out",
  perf_event_array: "stream-out",
  stack_trace: "stack-traces",
  devmap: "redirect",
  devmap_hash: "redirect",
  cpumap: "redirect",
  xskmap: "redirect",
  sockmap: "redirect",
  sockhash: "redirect",
  reuseport_sockarray: "redirect",
  cgroup_array: "redirect",
  prog_array: "programs",
  array_of_maps: "maps",
  hash_of_maps: "maps",
  arena: "memory",
  struct_ops: "struct-ops",
};

const perCpuTypes: ReadonlySet<MapType> = new Set(["percpu_hash", "percpu_array", "lru_percpu_hash", "percpu_cgroup_storage"]);
const typedAccess: ReadonlySet<MapAccess> = new Set(["keyed", "indexed", "queue", "bloom", "storage"]);

/** The types of keys and values, of inner maps too. */
export function* mapRoots(source: TypeSource, map: MapDefinition, place = map.name): Iterable<Root> {
  if (map.key !== null) yield { source, id: map.key, place: `${place}.key` };
  if (map.value !== null) yield { source, id: map.value, place: `${place}.value` };
  if (map.inner !== null) yield* mapRoots(source, map.inner, `${place}.inner`);
}

export function mapLayout(
  source: TypeSource,
  types: TypeTable,
  map: MapDefinition,
  event: EventLayout | null,
  seen?: StreamEvidence,
): MapLayout {
  const perCpu = perCpuTypes.has(map.type);
  return {
    name: map.name,
    type: map.type,
    access: accessOf[map.type] ?? "keyed",
    perCpu,
    key: map.key === null ? impliedKey(map) : types.ref({ source, id: map.key }),
    keySize: map.keySize,
    value: map.value === null ? impliedValue(map) : types.ref({ source, id: map.value }),
    valueSize: map.valueSize,
    valueStride: perCpu ? Math.ceil(map.valueSize / 8) * 8 : map.valueSize,
    maxEntries: map.maxEntries,
    flags: map.flags,
    extra: map.extra.toString(),
    pinning: map.pinning,
    numaNode: map.numaNode,
    event,
    histogram: histogramOf(source, map),
    fallback: seen?.perfFallback ? "perf_event_array" : null,
    inner: map.inner === null ? null : mapLayout(source, types, map.inner, null),
    initial: map.initial.map(({ slot, target }) => ({ slot, target })),
    doc: source.doc(map.variable) ?? source.doc(map.struct),
  };
}

const unsigned = (bytes: 4 | 8): TypeRef => ({ kind: "int", bytes, signed: false, role: "number" });
const numbered: ReadonlySet<MapAccess> = new Set(["indexed", "stack-traces", "programs", "maps", "redirect"]);

/** The key of a map that gives its size alone, where the kernel leaves no choice: an index or a number. */
function impliedKey({ type, keySize }: MapDefinition): TypeRef | null {
  return keySize === 4 && numbered.has(accessOf[type] ?? "keyed") && type !== "hash_of_maps" && type !== "sockhash" ? unsigned(4) : null;
}

/** Likewise its value: what user space sets is a descriptor or an interface's index, what it reads of a stack are addresses. */
function impliedValue({ type, valueSize, flags }: MapDefinition): TypeRef | null {
  const access = accessOf[type];
  if (access === "stack-traces" && holdsAddresses({ flags }) && valueSize > 0 && valueSize % 8 === 0) {
    return { kind: "array", element: unsigned(8), length: valueSize / 8, text: false };
  }
  return valueSize === 4 && (access === "programs" || access === "maps" || access === "redirect") ? unsigned(4) : null;
}

const histograms: ReadonlyMap<string, MapLayout["histogram"]> = new Map([
  ["lbc_histogram_log2", "log2"],
  ["lbc_histogram_log10", "log10"],
  ["lbc_histogram_linear", "linear"],
]);

/** What LBC_HIST2 and its like say of an array of 64-bit counters: a typedef as the element of the array that encodes max_entries, whose length alone loaders read. */
function histogramOf({ btf }: TypeSource, map: MapDefinition): MapLayout["histogram"] {
  if (accessOf[map.type] !== "indexed" || map.valueSize !== 8) return null;
  const struct = btf.resolve(map.struct);
  const entries = struct.kind === "struct" ? struct.members.find(({ name }) => name === "max_entries") : undefined;
  const pointer = entries === undefined ? null : btf.resolve(entries.type);
  const array = pointer?.kind === "pointer" ? btf.type(pointer.type) : null;
  return array?.kind === "array" ? (histograms.get(btf.name(array.element)) ?? null) : null;
}

/** Values that the object gives a size only: what user space sees of them is bytes. */
export function untypedValueNotes(maps: readonly MapLayout[]): Note[] {
  return maps
    .filter((map) => typedAccess.has(map.access) && map.value === null && map.valueSize > 0)
    .map((map) => ({
      code: "value-without-type",
      subject: map.name,
      message: `the values of map ${map.name} are ${map.valueSize} bytes without a type`,
      hint: "declare the map with __type(value, TYPE)",
    }));
}
