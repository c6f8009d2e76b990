import type { MapType } from "@lbc/core/object";
import type { Descriptor } from "../bpf/descriptor.ts";
import { RuntimeError } from "../errors.ts";
import type { Sys } from "../sys/sys.ts";
import { MapAccess } from "./map-access.ts";

/** What was created. */
export interface MapShape {
  readonly name: string;
  readonly type: MapType;
  /** In bytes. */
  readonly keySize: number;
  /** In bytes, of one CPU's value in a per-CPU map. */
  readonly valueSize: number;
  readonly maxEntries: number;
  /** Of perf event arrays, in pages. */
  readonly pagesPerCpu: number;
}

/** "any" creates or replaces, "create" throws `key-exists`, "replace" throws `key-not-found`. */
export type UpdateMode = "any" | "create" | "replace";

/** A map as bytes: what every map has, whatever its type. Typed maps are made from it. */
export class MapHandle {
  readonly name: string;
  readonly type: MapType;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  /** Of perf event arrays. */
  readonly pagesPerCpu: number;
  readonly #descriptor: Descriptor;
  readonly #sys: Sys;
  readonly #readers = new Set<Disposable>();
  #access: MapAccess | null = null;
  #reading = false;

  /** Maps come from {@link LoadedObject.map}; the object owns the descriptor. */
  constructor(sys: Sys, shape: MapShape, descriptor: Descriptor) {
    this.name = shape.name;
    this.type = shape.type;
    this.keySize = shape.keySize;
    this.valueSize = shape.valueSize;
    this.maxEntries = shape.maxEntries;
    this.pagesPerCpu = shape.pagesPerCpu;
    this.#sys = sys;
    this.#descriptor = descriptor;
  }

  /** Throws RuntimeError `closed`. */
  get fd(): number {
    return this.#descriptor.fd;
  }

  /** The system that the map lives in. */
  get sys(): Sys {
    return this.#sys;
  }

  /** The value's bytes; of a per-CPU map those of every possible CPU, each rounded up to 8. Undefined where the key is not there. */
  lookup(key: Uint8Array): Uint8Array | undefined {
    const { access } = this;
    access.setKey(key);
    return access.lookup() ? access.value.slice() : undefined;
  }

  update(key: Uint8Array, value: Uint8Array, mode: UpdateMode = "any"): void {
    const { access } = this;
    access.setKey(key);
    access.setValue(value);
    access.update(mode);
  }

  /** False where the key was not there. */
  delete(key: Uint8Array): boolean {
    const { access } = this;
    access.setKey(key);
    return access.delete();
  }

  /** Every key, as a copy. The map may change meanwhile. */
  *keys(): IterableIterator<Uint8Array> {
    for (const key of this.access.walk()) yield key.slice();
  }

  /** Buffers of the map's own sizes, for one call at a time; made once, since making them costs more than the call. */
  get access(): MapAccess {
    this.#access ??= new MapAccess(this.#sys, this);
    return this.#access;
  }

  /** Events can be taken out once only. Throws RuntimeError `already-reading`. */
  beginReading(): void {
    if (this.#reading)
      throw new RuntimeError("already-reading", {
        type: this.name,
        message: `${this.name} is being read`,
        hint: "end the other loop first",
      });
    this.#reading = true;
  }

  endReading(): void {
    this.#reading = false;
  }

  /** What reads the map's memory, to be ended before the map is closed. */
  own(reader: Disposable): void {
    this.#readers.add(reader);
  }

  disown(reader: Disposable): void {
    this.#readers.delete(reader);
  }

  /** Ends readers and closes the map; the object that owns it calls this. */
  [Symbol.dispose](): void {
    for (const reader of this.#readers) reader[Symbol.dispose]();
    this.#descriptor[Symbol.dispose]();
  }
}
