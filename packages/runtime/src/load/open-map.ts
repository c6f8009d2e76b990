import type { MapDefinition, MapType } from "@lbc/core/object";
import { RuntimeError } from "../errors.ts";
import { defaultPages } from "../maps/map-handle.ts";

/**
 * A map that does not exist yet: what the object declares of it, which counts from what it is set to when `load()` is called.
 * @see https://docs.kernel.org/bpf/maps.html
 */
export interface OpenMap {
  readonly name: string;
  /** Of the same way to be used, as hash and LRU hash are: programs are checked against it. */
  type: MapType;
  /** In bytes. */
  keySize: number;
  /** In bytes, of one CPU's value in a per-CPU map. */
  valueSize: number;
  /** Entries, or bytes for ring buffers. */
  maxEntries: number;
  /** `BPF_F_*` bits of `enum` in include/uapi/linux/bpf.h. */
  flags: number;
  /** The node whose memory it takes; counts with BPF_F_NUMA_NODE in `flags`. Null for any. */
  numaNode: number | null;
  /** What only some types have: hash functions of a bloom filter, the address of an arena. 64 bits. */
  mapExtra: bigint;
  /** Whether `load()` makes it. A program that uses it all the same is refused, unless the verifier sees that it does not get there. */
  autocreate: boolean;
  /** Of a map of maps: one like those that it is to hold, in place of the declared template. It stays its owner's. */
  innerMap: { readonly fd: number } | null;
  /** Of perf event arrays, and of ring buffers that become such: pages of memory for each CPU, a power of two, 64 by default. */
  pagesPerCpu: number;
  /** Where the map is pinned: the one that is there already is used, if it is the same. From `LIBBPF_PIN_BY_NAME`, else null. */
  pinPath: string | null;
  /** A map that exists already, in place of a new one; it stays its owner's. */
  reuse: { readonly fd: number } | null;
}

export function openMap(declared: MapDefinition, pinFolder: string): OpenMap {
  const { name, type, keySize, valueSize, maxEntries, flags, numaNode, extra, pinning } = declared;
  return {
    name,
    type,
    keySize,
    valueSize,
    maxEntries,
    flags,
    numaNode,
    mapExtra: extra,
    autocreate: true,
    innerMap: null,
    pagesPerCpu: type === "perf_event_array" ? defaultPages : 0,
    pinPath: pinning === "by-name" ? `${pinFolder}/${name}` : null,
    reuse: null,
  };
}

/** The declaration with what was set since. Throws `out-of-range`, and `unsupported` for a template of what holds no maps. */
export function decidedMap(declared: MapDefinition, open: OpenMap): MapDefinition {
  const { type, keySize, valueSize, maxEntries, flags, numaNode, mapExtra } = open;
  for (const [what, value] of Object.entries({ keySize, valueSize, maxEntries, flags, numaNode: numaNode ?? 0 })) {
    if (!Number.isInteger(value) || value < 0 || value > 0xffff_ffff) throw outOfRange(open, what, value, 32);
  }
  if (BigInt.asUintN(64, mapExtra) !== mapExtra) throw outOfRange(open, "mapExtra", mapExtra, 64);
  if (open.innerMap !== null && type !== "array_of_maps" && type !== "hash_of_maps") {
    throw new RuntimeError("unsupported", {
      type: open.name,
      message: `map ${open.name} is of the type ${type}, which holds no maps, and has an innerMap`,
      hint: "only array_of_maps and hash_of_maps have one",
    });
  }
  return { ...declared, type, keySize, valueSize, maxEntries, flags, numaNode, extra: mapExtra };
}

function outOfRange({ name }: OpenMap, what: string, value: number | bigint, bits: number): RuntimeError {
  return new RuntimeError("out-of-range", {
    type: name,
    message: `${what} of map ${name} is ${value}`,
    hint: `it is a whole number of ${bits} bits`,
  });
}
