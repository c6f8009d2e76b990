import type { MapType } from "@lbc/core/object";
import { Attr } from "../bpf/attr.ts";
import { command } from "../bpf/commands.ts";
import { RuntimeError } from "../errors.ts";
import { possibleCpus } from "../kernel/cpus.ts";
import { errno, errnoName, systemError } from "../sys/errno.ts";
import type { Sys } from "../sys/sys.ts";
import type { MapShape, UpdateMode } from "./map-handle.ts";

const perCpuTypes: ReadonlySet<MapType> = new Set(["percpu_hash", "percpu_array", "lru_percpu_hash", "percpu_cgroup_storage"]);
/** BPF_ANY, BPF_NOEXIST, BPF_EXIST. @see include/uapi/linux/bpf.h */
const modes: Readonly<Record<UpdateMode, number>> = { any: 0, create: 1, replace: 2 };

const mostClearedHere = 4;
/** Of BPF_MAP_*_ELEM up to the flags: map_fd, padding, key, value, flags. */
const attrSize = 32;
/** BPF_MAP_DELETE_ELEM: its attr ends after the key. */
const deleteAttrSize = 16;

export function isPerCpu(type: MapType): boolean {
  return perCpuTypes.has(type);
}

/** Where the kernel puts one CPU's value after another, in bytes. */
export function valueStride(valueSize: number): number {
  return Math.ceil(valueSize / 8) * 8;
}

/** `fill` takes longer to call than the few words of most keys and values take to clear. */
function clear(words: Float64Array): void {
  if (words.length > mostClearedHere) words.fill(0);
  else for (let index = 0; index < words.length; index++) words[index] = 0;
}

/** Words that hold so many bytes. */
function wordsFor(size: number): Float64Array<ArrayBuffer> {
  return new Float64Array(Math.ceil(size / Float64Array.BYTES_PER_ELEMENT));
}

/** A map's system calls, over one key and one value buffer whose addresses are in the attr once and for all. */
export class MapAccess {
  readonly key: Uint8Array;
  /** Of all CPUs, in a per-CPU map. */
  readonly value: Uint8Array;
  readonly keyView: DataView;
  readonly valueView: DataView;
  /** 1 for maps that are not per-CPU. */
  readonly cpus: number;
  readonly #sys: Sys;
  readonly #map: MapShape & { readonly fd: number };
  readonly #keyWords: Float64Array;
  readonly #valueWords: Float64Array;
  readonly #attr: Uint32Array;
  readonly #attrAddress: number;

  constructor(sys: Sys, map: MapShape & { readonly fd: number }) {
    this.#sys = sys;
    this.#map = map;
    this.cpus = isPerCpu(map.type) ? possibleCpus(sys) : 1;
    const valueSize = isPerCpu(map.type) ? this.cpus * valueStride(map.valueSize) : map.valueSize;
    const [key, value] = [wordsFor(map.keySize), wordsFor(valueSize)];
    this.#keyWords = key;
    this.#valueWords = value;
    this.key = new Uint8Array(key.buffer, 0, map.keySize);
    this.value = new Uint8Array(value.buffer, 0, valueSize);
    this.keyView = new DataView(key.buffer, 0, map.keySize);
    this.valueView = new DataView(value.buffer, 0, valueSize);
    const attr = new Attr(sys, attrSize).pointer(8, this.key).pointer(16, this.value).bytes;
    this.#attr = new Uint32Array(attr.buffer);
    this.#attrAddress = Number(sys.address(attr));
  }

  /** Zeros, in which a codec leaves padding as it is. */
  clearKey(): void {
    clear(this.#keyWords);
  }

  clearValue(): void {
    clear(this.#valueWords);
  }

  setKey(key: Uint8Array): void {
    if (key.length !== this.key.length) throw this.#wrongSize("key", key.length, this.key.length);
    this.key.set(key);
  }

  setValue(value: Uint8Array): void {
    if (value.length !== this.value.length) throw this.#wrongSize("value", value.length, this.value.length);
    this.value.set(value);
  }

  #wrongSize(what: string, given: number, wanted: number): RuntimeError {
    return new RuntimeError("codec-mismatch", {
      type: this.#map.name,
      message: `a ${what} of ${given} bytes, where the map has ${wanted}`,
    });
  }

  /** Reads the key's value into {@link value}; false where the key is not there. */
  lookup(): boolean {
    return this.#found(this.#bpf(command.mapLookup, 0));
  }

  /** The same, and removes the entry: in one step where the kernel can (queues always, hash maps since 5.14). */
  take(): boolean {
    const result = this.#bpf(command.mapLookupAndDelete, 0);
    if (result >= 0) return true;
    if (-result === errno.EINVAL || -result === errno.ENOTSUPP) return this.lookup() && this.delete();
    return this.#found(result);
  }

  delete(): boolean {
    return this.#found(this.#bpf(command.mapDelete, 0, deleteAttrSize));
  }

  update(mode: UpdateMode): void {
    const result = this.#bpf(command.mapUpdate, mode === "any" ? 0 : modes[mode]);
    if (result < 0) throw this.#notUpdated(result);
  }

  #notUpdated(result: number): RuntimeError {
    const type = this.#map.name;
    const what = `updating map ${type}`;
    const known = { type, errno: errnoName(result) };
    switch (-result) {
      case errno.EEXIST:
        return new RuntimeError("key-exists", { ...known, message: `${what}: the key is there already` });
      case errno.ENOENT:
        return new RuntimeError("key-not-found", { ...known, message: `${what}: the key is not there` });
      case errno.E2BIG:
      case errno.ENOSPC:
        return new RuntimeError("map-full", {
          ...known,
          message: `${what}: it holds ${this.#map.maxEntries} entries and no more`,
          hint: "set maxEntries before load, or remove entries",
        });
      default:
        return systemError(result, "system-call-failed", what, { type });
    }
  }

  /**
   * Every key, in {@link key} itself. The next key is looked up before this one is given, so that deleting it does not begin the walk
   * anew; it ends after twice as many keys as the map holds, should others keep changing it.
   */
  *walk(): IterableIterator<Uint8Array> {
    const current = new Uint8Array(this.key.length);
    const next = new Uint8Array(this.key.length);
    const attr = new Attr(this.#sys, 32).pointer(16, next);
    let found = this.#nextKey(attr);
    attr.pointer(8, current);
    for (let count = 0; found && count < 2 * this.#map.maxEntries + 16; count++) {
      current.set(next);
      const given = next.slice();
      found = this.#nextKey(attr);
      this.key.set(given);
      yield this.key;
    }
  }

  #nextKey(attr: Attr): boolean {
    const result = this.#sys.bpf(command.mapNextKey, attr.u32(0, this.#map.fd).bytes);
    if (result >= 0) return true;
    if (-result === errno.ENOENT) return false;
    throw systemError(result, "system-call-failed", `walking map ${this.#map.name}`, { type: this.#map.name });
  }

  /** False for ENOENT. */
  #found(result: number): boolean {
    if (result >= 0) return true;
    if (-result === errno.ENOENT) return false;
    throw systemError(result, "system-call-failed", `reading map ${this.#map.name}`, { type: this.#map.name });
  }

  #bpf(number: number, flags: number, size = attrSize): number {
    const attr = this.#attr;
    attr[0] = this.#map.fd;
    attr[6] = flags;
    return this.#sys.bpfAt(number, this.#attrAddress, size);
  }
}
