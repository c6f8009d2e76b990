import type { Codec } from "../codec.ts";
import { RuntimeError } from "../errors.ts";
import { BatchAccess } from "./batch-access.ts";
import { isPerCpu, type MapAccess, valueStride } from "./map-access.ts";
import type { MapHandle, UpdateMode } from "./map-handle.ts";

/** Hash, LRU hash, LPM trie, hash-like storages. */
export class KeyedMap<K, V> implements Iterable<[K, V]> {
  readonly map: MapHandle;
  protected readonly key: Codec<K>;
  protected readonly value: Codec<V>;
  readonly #access: MapAccess;

  /** Throws RuntimeError `codec-mismatch` where the codecs' sizes are not the map's. */
  constructor(map: MapHandle, key: Codec<K>, value: Codec<V>) {
    checkSize(map, "key", key.size, map.keySize);
    checkSize(map, "value", value.size, map.access.value.length);
    this.map = map;
    this.key = key;
    this.value = value;
    this.#access = map.access;
  }

  get(key: K): V | undefined {
    this.#encodeKey(key);
    return this.#access.lookup() ? this.#decodeValue() : undefined;
  }

  has(key: K): boolean {
    this.#encodeKey(key);
    return this.#access.lookup();
  }

  set(key: K, value: V, mode: UpdateMode = "any"): void {
    const access = this.#access;
    this.#encodeKey(key);
    access.clearValue();
    this.value.encode(value, access.valueView, 0);
    access.update(mode);
  }

  /** False where the key was not there. */
  delete(key: K): boolean {
    this.#encodeKey(key);
    return this.#access.delete();
  }

  /** Removes a key and gives its last value. */
  take(key: K): V | undefined {
    this.#encodeKey(key);
    return this.#access.take() ? this.#decodeValue() : undefined;
  }

  /** All entries with few system calls: many times faster than iteration, and the same where the kernel cannot do that (before 5.6). */
  readAll(): [K, V][] {
    return this.#all(false) ?? [...this.entries()];
  }

  /** The same, and removes them: what is counted meanwhile stays for the next time. */
  takeAll(): [K, V][] {
    return this.#all(true) ?? this.#takeEach();
  }

  #takeEach(): [K, V][] {
    const access = this.#access;
    const taken: [K, V][] = [];
    for (const _ of access.walk()) {
      const key = this.key.decode(access.keyView, 0);
      if (access.take()) taken.push([key, this.#decodeValue()]);
    }
    return taken;
  }

  /** Null where the kernel has no call for it. */
  #all(remove: boolean): [K, V][] | null {
    const found: [K, V][] = [];
    let batch = new BatchAccess(this.map);
    for (;;) {
      const step = batch.next(remove);
      if (step === null) return null;
      if (step === "more-room") {
        batch = new BatchAccess(this.map, batch.capacity * 2).continueAfter(batch);
        continue;
      }
      this.#decodeAll(batch, step.count, found);
      if (step.last) return found;
    }
  }

  #decodeAll({ keys, values }: BatchAccess, count: number, found: [K, V][]): void {
    const { key, value } = this;
    for (let index = 0; index < count; index++) found.push([key.decode(keys, index * key.size), value.decode(values, index * value.size)]);
  }

  /** Writes many entries with few system calls, or one by one where the kernel cannot do that. Throws `map-full`. */
  setAll(entries: Iterable<readonly [K, V]>): void {
    const { key, value } = this;
    const batch = new BatchAccess(this.map);
    let count = 0;
    for (const [one, its] of entries) {
      key.encode(one, batch.keys, count * key.size);
      value.encode(its, batch.values, count * value.size);
      if (++count < batch.capacity) continue;
      this.#write(batch, count);
      count = 0;
    }
    if (count > 0) this.#write(batch, count);
  }

  #write(batch: BatchAccess, count: number): void {
    if (!batch.update(count)) for (let index = 0; index < count; index++) this.map.update(batch.keyAt(index), batch.valueAt(index));
    batch.clear();
  }

  /** Removes many keys, whether or not they are there. */
  deleteAll(keys: Iterable<K>): void {
    const { key } = this;
    const batch = new BatchAccess(this.map);
    let count = 0;
    for (const one of keys) {
      key.encode(one, batch.keys, count * key.size);
      if (++count < batch.capacity) continue;
      this.#remove(batch, count);
      count = 0;
    }
    if (count > 0) this.#remove(batch, count);
  }

  #remove(batch: BatchAccess, count: number): void {
    if (!batch.delete(count)) for (let index = 0; index < count; index++) this.map.delete(batch.keyAt(index));
    batch.clear();
  }

  clear(): void {
    const access = this.#access;
    for (const _ of access.walk()) access.delete();
  }

  /** Safe while the map changes: an entry that was there all the time is seen, unless one that is removed meanwhile sends the walk back. */
  *keys(): IterableIterator<K> {
    for (const _ of this.#access.walk()) yield this.key.decode(this.#access.keyView, 0);
  }

  *values(): IterableIterator<V> {
    for (const [, value] of this.entries()) yield value;
  }

  *entries(): IterableIterator<[K, V]> {
    const access = this.#access;
    for (const _ of access.walk()) {
      if (!access.lookup()) continue;
      yield [this.key.decode(access.keyView, 0), this.#decodeValue()];
    }
  }

  [Symbol.iterator](): IterableIterator<[K, V]> {
    return this.entries();
  }

  #encodeKey(key: K): void {
    const access = this.#access;
    access.clearKey();
    this.key.encode(key, access.keyView, 0);
  }

  #decodeValue(): V {
    return this.value.decode(this.#access.valueView, 0);
  }
}

/** One value for each possible CPU, in order of CPU number. */
export class PerCpuKeyedMap<K, V> extends KeyedMap<K, V[]> {
  constructor(map: MapHandle, key: Codec<K>, value: Codec<V>) {
    super(map, key, perCpu(map, value));
  }
}

/** All CPUs' values as one. Throws `codec-mismatch` where the map is not per-CPU or the value has another size. */
export function perCpu<V>(map: MapHandle, value: Codec<V>): Codec<V[]> {
  if (!isPerCpu(map.type))
    throw new RuntimeError("codec-mismatch", { type: map.name, message: `${map.name} is a ${map.type}, which is not per-CPU` });
  checkSize(map, "value", value.size, map.valueSize);
  const { cpus } = map.access;
  const stride = valueStride(map.valueSize);
  return {
    size: cpus * stride,
    decode: (view, offset) => Array.from({ length: cpus }, (_, cpu) => value.decode(view, offset + cpu * stride)),
    encode: (values, view, offset) => {
      if (values.length !== cpus) throw new RangeError(`${values.length} values where there are ${cpus} CPUs`);
      values.forEach((one, cpu) => {
        value.encode(one, view, offset + cpu * stride);
      });
    },
  };
}

export function checkSize(map: MapHandle, what: string, given: number, wanted: number): void {
  if (given === wanted) return;
  throw new RuntimeError("codec-mismatch", {
    type: map.name,
    message: `the codec of the ${what} has ${given} bytes, that of map ${map.name} ${wanted}`,
    hint: isPerCpu(map.type) ? "a per-CPU map needs PerCpuKeyedMap or PerCpuIndexedMap" : "generate the types from the same object",
  });
}
