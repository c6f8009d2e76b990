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

const mostClearedHere = 32;

export function isPerCpu(type: MapType): boolean {
  return perCpuTypes.has(type);
}

/** Where the kernel puts one CPU's value after another, in bytes. */
export function valueStride(valueSize: number): number {
  return Math.ceil(valueSize / 8) * 8;
}

/** `fill` takes longer to call than the few bytes of most keys and values take to clear. */
function clear(bytes: Uint8Array): void {
  if (bytes.length > mostClearedHere) bytes.fill(0);
  else for (let index = 0; index < bytes.length; index++) bytes[index] = 0;
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
  readonly #attr: Attr;
  readonly #attrAddress: number;
  /** Without a value, which the kernel does not take here. */
  readonly #deleteAttr: Attr;

  constructor(sys: Sys, map: MapShape & { readonly fd: number }) {
    this.#sys = sys;
    this.#map = map;
    this.cpus = isPerCpu(map.type) ? possibleCpus(sys) : 1;
    this.key = new Uint8Array(map.keySize);
    this.value = new Uint8Array(isPerCpu(map.type) ? this.cpus * valueStride(map.valueSize) : map.valueSize);
    this.keyView = new DataView(this.key.buffer);
    this.valueView = new DataView(this.value.buffer);
    this.#attr = new Attr(sys, 32).pointer(8, this.key).pointer(16, this.value);
    this.#attrAddress = Number(sys.address(this.#attr.bytes));
    this.#deleteAttr = new Attr(sys, 16).pointer(8, this.key);
  }

  /** Zeros, in which a codec leaves padding as it is. */
  clearKey(): void {
    clear(this.key);
  }

  clearValue(): void {
    clear(this.value);
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
    return this.#found(this.#sys.bpf(command.mapDelete, this.#deleteAttr.u32(0, this.#map.fd).bytes));
  }

  update(mode: UpdateMode): void {
    const result = this.#bpf(command.mapUpdate, modes[mode]);
    if (result >= 0) return;
    const what = `updating map ${this.#map.name}`;
    switch (-result) {
      case errno.EEXIST:
        throw new RuntimeError("key-exists", {
          type: this.#map.name,
          message: `${what}: the key is there already`,
          errno: errnoName(result),
        });
      case errno.ENOENT:
        throw new RuntimeError("key-not-found", {
          type: this.#map.name,
          message: `${what}: the key is not there`,
          errno: errnoName(result),
        });
      case errno.E2BIG:
      case errno.ENOSPC:
        throw new RuntimeError("map-full", {
          type: this.#map.name,
          message: `${what}: it holds ${this.#map.maxEntries} entries and no more`,
          hint: "set maxEntries before load, or remove entries",
          errno: errnoName(result),
        });
      default:
        throw systemError(result, "system-call-failed", what, { type: this.#map.name });
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

  #bpf(number: number, flags: number): number {
    this.#attr.u32(0, this.#map.fd).u32(24, flags);
    return this.#sys.bpfAt(number, this.#attrAddress, this.#attr.bytes.length);
  }
}
