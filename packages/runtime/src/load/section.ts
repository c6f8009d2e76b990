import type { DataDefinition } from "@lbc/core/object";
import { RuntimeError } from "../errors.ts";
import type { MapHandle } from "../maps/map-handle.ts";
import { systemError } from "../sys/errno.ts";
import type { Memory, Sys } from "../sys/sys.ts";

/** A data section in memory that the programs share. */
export interface Section {
  readonly name: string;
  /** Live memory: every read sees what the programs wrote. .rodata is a copy, since it cannot change. Throws `closed` after close. */
  readonly view: DataView;
  /** Whether programs see what is written now: not in .rodata. */
  readonly writable: boolean;
}

export class LiveSection implements Section, Disposable {
  readonly name: string;
  readonly writable: boolean;
  #view: DataView | null;
  readonly #memory: Memory | null;

  constructor(name: string, view: DataView, memory: Memory | null, writable = true) {
    this.name = name;
    this.writable = writable;
    this.#view = view;
    this.#memory = memory;
  }

  /** Throws RuntimeError `map-failed`. */
  static mapped(sys: Sys, section: DataDefinition, map: MapHandle): LiveSection {
    const pages = Math.ceil(section.size / sys.pageSize);
    const memory = sys.mmap(map.fd, pages * sys.pageSize, 0, "read-write");
    if (typeof memory === "number") throw systemError(memory, "map-failed", `mapping ${section.name}`, { section: section.name });
    return new LiveSection(section.name, new DataView(memory.buffer, 0, section.size), memory);
  }

  /** Memory that belongs to somebody else, who also ends it. */
  static borrowed(section: DataDefinition, memory: DataView): LiveSection {
    return new LiveSection(section.name, new DataView(memory.buffer, memory.byteOffset, section.size), null);
  }

  static constant(section: DataDefinition, bytes: Uint8Array): LiveSection {
    return new LiveSection(section.name, new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), null, false);
  }

  get view(): DataView {
    if (this.#view === null) throw new RuntimeError("closed", { section: this.name, message: "the object is closed" });
    return this.#view;
  }

  [Symbol.dispose](): void {
    this.#view = null;
    this.#memory?.unmap();
  }
}
