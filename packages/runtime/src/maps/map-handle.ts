import type { MapType } from "@lbc/core/object";
import { createMap, freezeMap, mapFdById, openPinned, pinObject } from "../bpf/commands.ts";
import { Descriptor } from "../bpf/descriptor.ts";
import { type MapInfo, mapInfo, mapTypeNumber } from "../bpf/map-info.ts";
import { RuntimeError } from "../errors.ts";
import { systemError } from "../sys/errno.ts";
import { linuxSys } from "../sys/linux.ts";
import type { Sys } from "../sys/sys.ts";
import { MapAccess } from "./map-access.ts";

/** Pages for each CPU of perf event arrays, where nobody says. */
export const defaultPages = 64;

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

/** A map to be made. */
export interface NewMap {
  readonly type: MapType;
  /** "lbc" by default. */
  readonly name?: string;
  /** In bytes, 4 by default. */
  readonly keySize?: number;
  /** In bytes. */
  readonly valueSize: number;
  readonly maxEntries: number;
  /** BPF_F_*, none by default. */
  readonly flags?: number;
  /** Of perf event arrays. */
  readonly pagesPerCpu?: number;
}

export function pinHint(name: string, path: string): { readonly type: string; readonly file: string; readonly hint: string } {
  return { type: name, file: path, hint: "the folder has to be in a BPF file system: mount -t bpf bpf /sys/fs/bpf" };
}

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

  /** A new map that no object declares, such as one more inner map. The caller closes it. Throws RuntimeError `map-failed`. */
  static create(shape: NewMap, sys: Sys = linuxSys()): MapHandle {
    const { name = "lbc", flags = 0, keySize = 4, pagesPerCpu = defaultPages } = shape;
    const fd = createMap(sys, { ...shape, name, flags, keySize, type: mapTypeNumber(shape.type) });
    if (fd < 0) throw systemError(fd, "map-failed", `creating map ${name}`, { type: name });
    return new MapHandle(sys, { ...shape, name, keySize, pagesPerCpu }, new Descriptor(sys, fd, `map ${name}`));
  }

  /** A map that another process pinned, or this one before. The caller closes it. Throws RuntimeError `no-such-map`. */
  static openPinned(path: string, sys: Sys = linuxSys()): MapHandle {
    const fd = openPinned(sys, path);
    if (fd < 0) throw systemError(fd, "no-such-map", `opening the pinned map ${path}`, { file: path });
    return MapHandle.of(sys, fd, path);
  }

  /** A map by its number in the kernel, as `bpftool map` lists it. The caller closes it. Throws RuntimeError `no-such-map`. */
  static byId(id: number, sys: Sys = linuxSys()): MapHandle {
    const fd = mapFdById(sys, id);
    if (fd < 0) throw systemError(fd, "no-such-map", `opening the map with id ${id}`);
    return MapHandle.of(sys, fd, `map ${id}`);
  }

  /** Takes over a descriptor, and closes it where it is none of a map. Throws RuntimeError `no-such-map`. */
  static of(sys: Sys, fd: number, what: string): MapHandle {
    const info = mapInfo(sys, fd);
    if (typeof info !== "number")
      return new MapHandle(sys, { ...info, pagesPerCpu: defaultPages }, new Descriptor(sys, fd, `map ${info.name}`));
    sys.close(fd);
    throw systemError(info, "no-such-map", `asking for ${what}`, { hint: "it may be a program or a link" });
  }

  /** What the kernel tells of it now. */
  get info(): MapInfo {
    const info = mapInfo(this.#sys, this.fd);
    if (typeof info === "number") throw systemError(info, "system-call-failed", `asking for map ${this.name}`, { type: this.name });
    return info;
  }

  /** Keeps the map under a path in a BPF file system, also when this process ends; `rmSync(path)` ends that. Throws `pin-failed`. */
  pin(path: string): void {
    const result = pinObject(this.#sys, this.fd, path);
    if (result < 0) throw systemError(result, "pin-failed", `pinning map ${this.name} to ${path}`, pinHint(this.name, path));
  }

  /** From now on only programs may change it. Throws `map-failed`. */
  freeze(): void {
    const result = freezeMap(this.#sys, this.fd);
    if (result < 0) throw systemError(result, "map-failed", `freezing map ${this.name}`, { type: this.name });
  }

  /** Removes the key and gives its last value; undefined where it was not there. */
  take(key: Uint8Array): Uint8Array | undefined {
    const { access } = this;
    access.setKey(key);
    return access.take() ? access.value.slice() : undefined;
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
