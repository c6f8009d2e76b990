import type { Btf } from "@lbc/core/btf";
import { inferStreams } from "@lbc/core/events";
import type { BpfObject, MapDefinition } from "@lbc/core/object";
import type { Kernel } from "../kernel/kernel.ts";
import { defaultPages } from "../maps/map-handle.ts";
import type { MapSettings } from "./create-maps.ts";

/**
 * The ring buffers that `LBC_EMIT` sends to, where the kernel's BTF says that it has none (before 5.8): as perf event arrays they take
 * what the program sends on its other way, which CO-RE chooses by the same enumerator.
 */
export function ringFallbacks(object: BpfObject, kernel: Kernel): ReadonlySet<MapDefinition> {
  const asks = object.btfExt?.relocations.some(({ kind }) => kind === "enumval_exists") ?? false;
  const rings = object.maps.filter(({ type }) => type === "ringbuf");
  if (!asks || rings.length === 0 || hasRingBuffers(kernel.coreBtf)) return new Set();
  const streams = inferStreams(object);
  return new Set(rings.filter((map) => streams.get(map)?.perfFallback === true));
}

function hasRingBuffers(btf: Btf): boolean {
  return btf.find("bpf_map_type", "enum").some((id) => {
    const type = btf.type(id);
    return type.kind === "enum" && type.values.some(({ name }) => name === "BPF_MAP_TYPE_RINGBUF");
  });
}

/** Keys are CPUs and values descriptors; the kernel takes no types for them. */
export function asPerfEventArray(map: MapDefinition): MapDefinition {
  return { ...map, type: "perf_event_array", key: null, value: null, keySize: 4, valueSize: 4, maxEntries: 0, flags: 0 };
}

/** The entries of a ring buffer are bytes, which say nothing of a perf event array. */
export function perfSettings(settings: MapSettings): MapSettings {
  const { pagesPerCpu } = settings;
  return { ...settings, maxEntries: 0, pagesPerCpu: pagesPerCpu === 0 ? defaultPages : pagesPerCpu };
}
