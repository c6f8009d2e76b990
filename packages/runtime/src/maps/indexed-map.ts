import type { Codec } from "../codec.ts";
import { RuntimeError } from "../errors.ts";
import { checkSize, perCpu } from "./keyed-map.ts";
import type { MapAccess } from "./map-access.ts";
import type { MapHandle } from "./map-handle.ts";

/** Array: every index below `length` has a value. */
export class IndexedMap<V> implements Iterable<V> {
  readonly map: MapHandle;
  readonly length: number;
  readonly #access: MapAccess;
  readonly #value: Codec<V>;
  readonly #little: boolean;

  /** Throws RuntimeError `codec-mismatch` where the codec's size is not the map's. */
  constructor(map: MapHandle, value: Codec<V>) {
    checkSize(map, "key", 4, map.keySize);
    checkSize(map, "value", value.size, map.access.value.length);
    this.map = map;
    this.length = map.maxEntries;
    this.#access = map.access;
    this.#value = value;
    this.#little = map.sys.endianness === "little";
  }

  /** Throws `bad-index` past the end. */
  get(index: number): V {
    const access = this.#access;
    this.#setIndex(index);
    if (!access.lookup()) throw this.#badIndex(index);
    return this.#value.decode(access.valueView, 0);
  }

  /** Throws `bad-index` past the end. */
  set(index: number, value: V): void {
    const access = this.#access;
    this.#setIndex(index);
    access.clearValue();
    this.#value.encode(value, access.valueView, 0);
    access.update("any");
  }

  *values(): IterableIterator<V> {
    for (let index = 0; index < this.length; index++) yield this.get(index);
  }

  *entries(): IterableIterator<[number, V]> {
    for (let index = 0; index < this.length; index++) yield [index, this.get(index)];
  }

  [Symbol.iterator](): IterableIterator<V> {
    return this.values();
  }

  #setIndex(index: number): void {
    if (!Number.isInteger(index) || index < 0 || index >= this.length) throw this.#badIndex(index);
    this.#access.keyView.setUint32(0, index, this.#little);
  }

  #badIndex(index: number): RuntimeError {
    return new RuntimeError("bad-index", {
      type: this.map.name,
      message: `no index ${index} in ${this.map.name}, which has ${this.length}`,
    });
  }
}

/** One value for each possible CPU, in order of CPU number. */
export class PerCpuIndexedMap<V> extends IndexedMap<V[]> {
  constructor(map: MapHandle, value: Codec<V>) {
    super(map, perCpu(map, value));
  }
}
