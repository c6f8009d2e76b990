import type { Codec } from "../codec.ts";
import { checkSize } from "./keyed-map.ts";
import type { MapHandle } from "./map-handle.ts";

/** BPF_MAP_TYPE_QUEUE (first in, first out) and BPF_MAP_TYPE_STACK (last in, first out). */
export class QueueMap<V> {
  readonly map: MapHandle;
  readonly #value: Codec<V>;

  /** Throws RuntimeError `codec-mismatch` where the codec's size is not the map's. */
  constructor(map: MapHandle, value: Codec<V>) {
    checkSize(map, "key", 0, map.keySize);
    checkSize(map, "value", value.size, map.valueSize);
    this.map = map;
    this.#value = value;
  }

  /** Throws `map-full`, unless what is oldest may be overwritten. */
  push(value: V, options: { readonly overwrite?: boolean } = {}): void {
    const { access } = this.map;
    access.clearValue();
    this.#value.encode(value, access.valueView, 0);
    access.update(options.overwrite === true ? "replace" : "any");
  }

  pop(): V | undefined {
    return this.map.access.take() ? this.#value.decode(this.map.access.valueView, 0) : undefined;
  }

  peek(): V | undefined {
    return this.map.access.lookup() ? this.#value.decode(this.map.access.valueView, 0) : undefined;
  }
}
