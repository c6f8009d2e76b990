import type { AttachKind } from "@lbc/core/object";
import type { Link } from "../attach/link.ts";
import type { MapHandle } from "../maps/map-handle.ts";
import type { LoadedProgram, Program } from "./loaded-program.ts";
import { notThere } from "./open-object.ts";
import type { LiveSection, Section } from "./section.ts";

export interface LoadedParts {
  readonly maps: ReadonlyMap<string, MapHandle>;
  readonly sections: ReadonlyMap<string, LiveSection>;
  readonly programs: ReadonlyMap<string, LoadedProgram>;
  readonly resources: DisposableStack;
}

/** A BPF object in the kernel. Owns its maps, programs, links and mapped memory. */
export class LoadedObject implements Disposable {
  readonly #parts: LoadedParts;

  /** Use {@link OpenObject.load}. */
  constructor(parts: LoadedParts) {
    this.#parts = parts;
  }

  /** By kernel name. Throws RuntimeError `no-such-map`. */
  map(name: string): MapHandle {
    const { maps } = this.#parts;
    return maps.get(name) ?? notThere("no-such-map", "map", name, maps.keys());
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

  /** Attaches every loaded program that knows its target; detaches those done if one fails. */
  attach(): void {
    using attached = new DisposableStack();
    for (const program of this.#parts.programs.values()) {
      if (program.attachesByItself) attached.use(program.attach());
    }
    attached.move();
  }

  /** Those of all programs that are attached now. */
  get links(): readonly Link[] {
    return [...this.#parts.programs.values()].flatMap((program) => program.links);
  }

  /** Ends every wait, detaches, unmaps, closes. May be called again. */
  close(): void {
    this.#parts.resources.dispose();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
