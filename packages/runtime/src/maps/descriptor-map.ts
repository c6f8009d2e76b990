import type { Codec } from "../codec.ts";
import { checkSize } from "./keyed-map.ts";
import { MapHandle } from "./map-handle.ts";

/** What has a descriptor: a map, a program, a socket. */
export interface WithDescriptor {
  readonly fd: number;
}

/** Values that are set as descriptors: arrays of programs, of maps, of cgroups, of sockets. Their keys are as in any map. */
export class DescriptorMap<K> {
  readonly map: MapHandle;
  readonly #key: Codec<K>;

  /** Throws RuntimeError `codec-mismatch` where the codec's size is not the map's. */
  constructor(map: MapHandle, key: Codec<K>) {
    checkSize(map, "key", key.size, map.keySize);
    this.map = map;
    this.#key = key;
  }

  set(key: K, value: WithDescriptor): void {
    const { access, sys } = this.map;
    this.#encodeKey(key);
    access.clearValue();
    access.valueView.setInt32(0, value.fd, sys.endianness === "little");
    access.update("any");
  }

  /** False where the slot was empty. */
  delete(key: K): boolean {
    this.#encodeKey(key);
    return this.map.access.delete();
  }

  has(key: K): boolean {
    this.#encodeKey(key);
    return this.map.access.lookup();
  }

  /** Whether it is set, and the number of what is: of the map or the program. */
  protected id(key: K): number | undefined {
    this.#encodeKey(key);
    const { access, sys } = this.map;
    return access.lookup() ? access.valueView.getUint32(0, sys.endianness === "little") : undefined;
  }

  #encodeKey(key: K): void {
    const { access } = this.map;
    access.clearKey();
    this.#key.encode(key, access.keyView, 0);
  }
}

/** An array or hash table of maps. */
export class MapOfMaps<K> extends DescriptorMap<K> {
  /** The map in a slot, with a descriptor of its own that the caller closes; undefined where the slot is empty. */
  get(key: K): MapHandle | undefined {
    const id = this.id(key);
    return id === undefined ? undefined : MapHandle.byId(id, this.map.sys);
  }
}
