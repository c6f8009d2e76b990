import type { Codec } from "../codec.ts";
import { checkSize } from "./keyed-map.ts";
import type { MapHandle } from "./map-handle.ts";

/** BPF_MAP_TYPE_BLOOM_FILTER: knows of a value that it surely was not added. @see https://docs.kernel.org/bpf/map_bloom_filter.html */
export class BloomFilter<V> {
  readonly map: MapHandle;
  readonly #value: Codec<V>;

  /** Throws RuntimeError `codec-mismatch` where the codec's size is not the map's. */
  constructor(map: MapHandle, value: Codec<V>) {
    checkSize(map, "key", 0, map.keySize);
    checkSize(map, "value", value.size, map.valueSize);
    this.map = map;
    this.#value = value;
  }

  add(value: V): void {
    this.#encode(value);
    this.map.access.update("any");
  }

  /** False where it was surely not added. */
  mayHave(value: V): boolean {
    this.#encode(value);
    return this.map.access.lookup();
  }

  #encode(value: V): void {
    const { access } = this.map;
    access.clearValue();
    this.#value.encode(value, access.valueView, 0);
  }
}
