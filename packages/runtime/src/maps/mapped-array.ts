import { RuntimeError } from "../errors.ts";
import { systemError } from "../sys/errno.ts";
import type { Memory } from "../sys/sys.ts";
import { valueStride } from "./map-access.ts";
import type { MapHandle } from "./map-handle.ts";

/** An array that was made with BPF_F_MMAPABLE, as memory that the programs share: no system call for a read or write. */
export class MappedArray implements Disposable {
  readonly map: MapHandle;
  /** From one value to the next, in bytes. */
  readonly stride: number;
  readonly #memory: Memory;
  #view: DataView | null;

  /** Throws RuntimeError `codec-mismatch` for another kind of map, `map-failed` where it cannot be mapped. */
  constructor(map: MapHandle) {
    if (map.type !== "array")
      throw new RuntimeError("codec-mismatch", { type: map.name, message: `${map.name} is a ${map.type}, not an array` });
    const { sys } = map;
    this.map = map;
    this.stride = valueStride(map.valueSize);
    const size = this.stride * map.maxEntries;
    const memory = sys.mmap(map.fd, Math.ceil(size / sys.pageSize) * sys.pageSize, 0, "read-write");
    if (typeof memory === "number") {
      throw systemError(memory, "map-failed", `mapping array ${map.name}`, {
        type: map.name,
        hint: "declare it with __uint(map_flags, BPF_F_MMAPABLE)",
      });
    }
    this.#memory = memory;
    this.#view = new DataView(memory.buffer, 0, size);
    map.own(this);
  }

  /** All values; one begins at `index * stride`. Throws RuntimeError `closed`. */
  get view(): DataView {
    if (this.#view === null) throw new RuntimeError("closed", { type: this.map.name, message: `the memory of ${this.map.name} is closed` });
    return this.#view;
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
