import type { AttachKind } from "@lbc/core/object";
import type { Link } from "../attach/link.ts";
import type { Arena } from "../maps/arena.ts";
import type { MapHandle } from "../maps/map-handle.ts";
import type { LoadedProgram, Program } from "./loaded-program.ts";
import type { LoadedStructOps, StructOpsHandle } from "./loaded-struct-ops.ts";
import { notThere } from "./open-object.ts";
import type { LiveSection, Section } from "./section.ts";
import { closeAtWorkerExit } from "./worker-exit.ts";

export interface LoadedParts {
  readonly maps: ReadonlyMap<string, MapHandle>;
  readonly arenas: ReadonlyMap<string, Arena>;
  readonly sections: ReadonlyMap<string, LiveSection>;
  readonly programs: ReadonlyMap<string, LoadedProgram>;
  readonly structOps: ReadonlyMap<string, LoadedStructOps>;
  readonly resources: DisposableStack;
}

/** A BPF object in the kernel. Owns its maps, programs, links and mapped memory. */
export class LoadedObject implements Disposable {
  readonly #parts: LoadedParts;
  readonly #forgetAtExit: () => void;

  /** Use {@link OpenObject.load}. */
  constructor(parts: LoadedParts) {
    this.#parts = parts;
    this.#forgetAtExit = closeAtWorkerExit(this);
  }

  /** By kernel name. Throws RuntimeError `no-such-map`. */
  map(name: string): MapHandle {
    const { maps } = this.#parts;
    return maps.get(name) ?? notThere("no-such-map", "map", name, maps.keys());
  }

  /** An arena of the object, mapped. Throws RuntimeError `no-such-map`. */
  arena(name: string): Arena {
    const { arenas } = this.#parts;
    return arenas.get(name) ?? notThere("no-such-map", "arena", name, arenas.keys());
  }

  /** Throws RuntimeError `no-such-program`. */
  program<Kind extends AttachKind["kind"] = AttachKind["kind"]>(name: string): Program<Kind> {
    const { programs } = this.#parts;
    return programs.get(name) ?? notThere("no-such-program", "program", name, programs.keys());
  }

  /** By ELF name, such as `.bss`. Throws RuntimeError `no-such-section`. */
  section(name: string): Section {
    const { sections } = this.#parts;
    return sections.get(name) ?? notThere("no-such-section", "data section", name, sections.keys());
  }

  /** Operations of the kernel that the object implements, by the name of the variable. Throws RuntimeError `no-such-map`. */
  structOps(name: string): StructOpsHandle {
    const { structOps } = this.#parts;
    return structOps.get(name) ?? notThere("no-such-map", "struct of operations", name, structOps.keys());
  }

  /**
   * Attaches every loaded program that knows its target, and registers all operations; leaves alone what is attached already, and
   * detaches what this call attached if one fails.
   */
  attach(): void {
    using attached = new DisposableStack();
    for (const part of [...this.#parts.programs.values(), ...this.#parts.structOps.values()]) {
      if (part.attachesByItself) attached.use(part.attach());
    }
    attached.move();
  }

  /** Those of all programs that are attached now. */
  get links(): readonly Link[] {
    return [...this.#parts.programs.values(), ...this.#parts.structOps.values()].flatMap((part) => part.links);
  }

  /** Ends every wait, detaches, unmaps, closes. May be called again. */
  close(): void {
    this.#forgetAtExit();
    this.#parts.resources.dispose();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
