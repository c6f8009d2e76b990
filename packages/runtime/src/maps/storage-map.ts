import type { Codec } from "../codec.ts";
import { RuntimeError } from "../errors.ts";
import { systemError } from "../sys/errno.ts";
import { checkSize } from "./keyed-map.ts";
import type { MapHandle } from "./map-handle.ts";

/** Whose value: that of a task (by process id), of a cgroup or inode (by path), or of what a descriptor stands for (a socket among them). */
export type StorageOwner = { readonly pid: number } | { readonly path: string } | { readonly fd: number };

/** Storage of tasks, sockets, cgroups and inodes: one value for each, which goes when its owner goes. */
export class StorageMap<V> {
  readonly map: MapHandle;
  readonly #value: Codec<V>;

  /** Throws RuntimeError `codec-mismatch` where the codec's size is not the map's. */
  constructor(map: MapHandle, value: Codec<V>) {
    checkSize(map, "key", 4, map.keySize);
    checkSize(map, "value", value.size, map.valueSize);
    this.map = map;
    this.#value = value;
  }

  /** Undefined where the owner has none. Throws `no-such-target` where there is no such owner. */
  get(owner: StorageOwner): V | undefined {
    const { access } = this.map;
    return this.#withKey(owner, () => (access.lookup() ? this.#value.decode(access.valueView, 0) : undefined));
  }

  set(owner: StorageOwner, value: V): void {
    const { access } = this.map;
    access.clearValue();
    this.#value.encode(value, access.valueView, 0);
    this.#withKey(owner, () => access.update("any"));
  }

  /** False where the owner had none. */
  delete(owner: StorageOwner): boolean {
    return this.#withKey(owner, () => this.map.access.delete());
  }

  #withKey<T>(owner: StorageOwner, use: () => T): T {
    const { sys, access } = this.map;
    const fd = this.#descriptorOf(owner);
    access.keyView.setInt32(0, fd, sys.endianness === "little");
    try {
      return use();
    } finally {
      if (!("fd" in owner)) sys.close(fd);
    }
  }

  #descriptorOf(owner: StorageOwner): number {
    if ("fd" in owner) return owner.fd;
    const { sys } = this.map;
    const fd = "pid" in owner ? sys.openProcess(owner.pid) : sys.open(owner.path);
    if (fd >= 0) return fd;
    const what = "pid" in owner ? `process ${owner.pid}` : owner.path;
    if (fd === noSuchProcess) throw new RuntimeError("no-such-target", { type: this.map.name, message: `there is no ${what}` });
    throw systemError(fd, "no-such-target", `opening ${what}`, { type: this.map.name });
  }
}

/** -ESRCH */
const noSuchProcess = -3;
