import type { Codec } from "../codec.ts";
import { RuntimeError } from "../errors.ts";
import { systemError } from "../sys/errno.ts";
import type { Memory } from "../sys/sys.ts";
import type { MapHandle } from "./map-handle.ts";

/**
 * Memory that programs and user space share, and in which pointers mean the same to both. A page is there once one of them touches it.
 * @see kernel/bpf/arena.c
 */
export class Arena implements Disposable {
  readonly map: MapHandle;
  readonly #memory: Memory;
  #view: DataView | null;

  /**
   * Maps the whole arena, where its first user did: at `address`, or, where that is 0, anywhere. The object's own arenas are mapped by
   * `load()`: ask it for them. Throws RuntimeError `codec-mismatch` for another kind of map, `map-failed` where it cannot be mapped.
   */
  constructor(map: MapHandle, address = 0n) {
    if (map.type !== "arena")
      throw new RuntimeError("codec-mismatch", { type: map.name, message: `${map.name} is a ${map.type}, not an arena` });
    const size = map.maxEntries * map.sys.pageSize;
    const memory = map.sys.mmap(map.fd, size, 0, "read-write", address);
    if (typeof memory === "number") {
      throw systemError(memory, "map-failed", `mapping arena ${map.name}`, {
        type: map.name,
        hint: "arenas are declared with __uint(map_flags, BPF_F_MMAPABLE), and every process maps one at the same address (map_extra)",
      });
    }
    this.map = map;
    this.#memory = memory;
    this.#view = new DataView(memory.buffer);
    map.own(this);
  }

  /** All of it, live. Throws RuntimeError `closed`. */
  get view(): DataView {
    if (this.#view === null) throw new RuntimeError("closed", { type: this.map.name, message: `the arena ${this.map.name} is closed` });
    return this.#view;
  }

  /** What a pointer to byte 0 of the view is. */
  get address(): bigint {
    return this.#memory.address;
  }

  /** Where in the view a pointer that was read from the arena points to; null for a null pointer. Throws RuntimeError `bad-index`. */
  offsetOf(pointer: bigint): number | null {
    if (pointer === 0n) return null;
    const offset = pointer - this.address;
    if (offset >= 0n && offset < BigInt(this.view.byteLength)) return Number(offset);
    throw new RuntimeError("bad-index", { type: this.map.name, message: `0x${pointer.toString(16)} is no address in ${this.map.name}` });
  }

  /** A copy of what a pointer that was read from the arena points to; undefined for a null pointer. Throws `bad-index`. */
  get<T>(pointer: bigint, type: Codec<T>): T | undefined {
    const offset = this.#inside(pointer, type.size);
    return offset === null ? undefined : type.decode(this.view, offset);
  }

  /** Writes what a pointer points to. Throws `bad-index`, for a null pointer as well. */
  set<T>(pointer: bigint, type: Codec<T>, value: T): void {
    const offset = this.#inside(pointer, type.size);
    if (offset === null) throw new RuntimeError("bad-index", { type: this.map.name, message: `a null pointer into ${this.map.name}` });
    type.encode(value, this.view, offset);
  }

  /** Where `size` bytes begin, all of which are in the arena. */
  #inside(pointer: bigint, size: number): number | null {
    const offset = this.offsetOf(pointer);
    if (offset === null || offset + size <= this.view.byteLength) return offset;
    throw new RuntimeError("bad-index", {
      type: this.map.name,
      message: `${size} bytes at 0x${pointer.toString(16)} go beyond the end of ${this.map.name}`,
    });
  }

  /** May be called again. */
  close(): void {
    if (this.#view === null) return;
    this.#view = null;
    this.#memory.unmap();
    this.map.disown(this);
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
