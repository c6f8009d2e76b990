import { Attr } from "../bpf/attr.ts";
import { command } from "../bpf/commands.ts";
import { errno, systemError } from "../sys/errno.ts";
import type { MapHandle } from "./map-handle.ts";

/** Entries of one call: enough that the call's own time does not count. */
const mostEntries = 4096;
/** A cursor is a key, or the number of a bucket. */
const leastCursor = 8;

/** Keys and values one after the other, as a call over many entries takes and gives them. */
export class BatchAccess {
  readonly keys: DataView;
  readonly values: DataView;
  readonly capacity: number;
  readonly #map: MapHandle;
  readonly #keyBytes: Uint8Array;
  readonly #valueBytes: Uint8Array;
  readonly #attr: Attr;
  readonly #cursor: Uint8Array;
  readonly #nextCursor: Uint8Array;
  #begun = false;

  constructor(map: MapHandle, capacity = Math.min(map.maxEntries, mostEntries)) {
    const keys = new Uint8Array(capacity * map.keySize);
    const values = new Uint8Array(capacity * map.access.value.length);
    this.keys = new DataView(keys.buffer);
    this.values = new DataView(values.buffer);
    this.capacity = capacity;
    this.#map = map;
    this.#keyBytes = keys;
    this.#valueBytes = values;
    this.#cursor = new Uint8Array(Math.max(map.keySize, leastCursor));
    this.#nextCursor = new Uint8Array(this.#cursor.length);
    this.#attr = new Attr(map.sys, 56).pointer(8, this.#nextCursor).pointer(16, keys).pointer(24, values);
  }

  /**
   * The next entries, read or taken out: how many, and whether they are the last. Null where the kernel has no such call for this kind
   * of map (before 5.6, and some kinds). "more-room" asks for a larger capacity: one bucket of a hash holds more.
   */
  next(remove: boolean): { readonly count: number; readonly last: boolean } | "more-room" | null {
    const result = this.#call(remove ? command.mapLookupAndDeleteBatch : command.mapLookupBatch, this.capacity);
    const count = this.#attr.getU32(32);
    if (result >= 0) {
      this.#cursor.set(this.#nextCursor);
      if (!this.#begun) this.#attr.pointer(0, this.#cursor);
      this.#begun = true;
      return { count, last: false };
    }
    if (-result === errno.ENOENT) return { count, last: true };
    if (-result === errno.ENOSPC) return "more-room";
    return this.#unless(result, "reading");
  }

  /** Goes on where another one of less capacity stopped. */
  continueAfter(other: BatchAccess): this {
    this.#cursor.set(other.#cursor);
    this.#begun = other.#begun;
    if (this.#begun) this.#attr.pointer(0, this.#cursor);
    return this;
  }

  /** Where one key lies. */
  keyAt(index: number): Uint8Array {
    return at(this.#keyBytes, index, this.capacity);
  }

  /** Where one value lies, in a per-CPU map those of all CPUs. */
  valueAt(index: number): Uint8Array {
    return at(this.#valueBytes, index, this.capacity);
  }

  /** Zeros, in which a codec leaves padding as it is. */
  clear(): void {
    this.#keyBytes.fill(0);
    this.#valueBytes.fill(0);
  }

  /** Writes the first entries; false where the kernel has no such call. */
  update(count: number): boolean {
    return this.#unless(this.#call(command.mapUpdateBatch, count), "updating") !== null;
  }

  /** Removes the first keys; false where the kernel has no such call, and where one of them is not there. */
  delete(count: number): boolean {
    const result = this.#call(command.mapDeleteBatch, count);
    return -result !== errno.ENOENT && this.#unless(result, "emptying") !== null;
  }

  #call(number: number, count: number): number {
    return this.#map.sys.bpf(number, this.#attr.u32(32, count).u32(36, this.#map.fd).bytes);
  }

  #unless(result: number, what: string): { readonly count: number; readonly last: boolean } | null {
    if (result >= 0) return { count: 0, last: false };
    if (-result === errno.EINVAL || -result === errno.ENOTSUPP) return null;
    throw systemError(result, "system-call-failed", `${what} map ${this.#map.name}`, { type: this.#map.name });
  }
}

function at(bytes: Uint8Array, index: number, count: number): Uint8Array {
  const size = bytes.length / count;
  return bytes.subarray(index * size, (index + 1) * size);
}
