import { type AttachType, attachTypes } from "@lbc/core/object";
import { type Attachment, type Link, ProgramLink } from "../attach/link.ts";
import { createLink, deleteEntry, updateMap } from "../bpf/commands.ts";
import type { Descriptor } from "../bpf/descriptor.ts";
import { RuntimeError } from "../errors.ts";
import { errno, systemError } from "../sys/errno.ts";
import type { Sys } from "../sys/sys.ts";

/** Kernel operations that the object's programs implement, such as a TCP congestion control or a scheduler. */
export interface StructOpsHandle {
  readonly name: string;
  /** Of the map that hands them over. Throws `not-loaded` where `load()` left them out. */
  readonly fd: number;
  /** Registers them with the kernel, until the link is closed. Throws `attach-failed`, and `not-loaded` where `load()` left them out. */
  attach(): Link;
}

const key = new Uint8Array(4);
const linkType: AttachType = "struct_ops";

export class LoadedStructOps implements StructOpsHandle, Disposable {
  readonly name: string;
  readonly #sys: Sys;
  readonly #descriptor: Descriptor | null;
  readonly #value: Uint8Array;
  readonly #linked: boolean;
  readonly #autoattach: boolean;
  readonly #links = new Set<ProgramLink>();

  /** Takes over the map, which is null where nothing was loaded; `value` names programs by descriptor, and `linked` says that a link registers it (6.4), not the map's update. */
  constructor(
    sys: Sys,
    map: Descriptor | null,
    of: { readonly name: string; readonly link: boolean; readonly autoattach: boolean },
    value: Uint8Array,
  ) {
    this.name = of.name;
    this.#sys = sys;
    this.#descriptor = map;
    this.#value = value;
    this.#linked = of.link;
    this.#autoattach = of.autoattach;
  }

  get fd(): number {
    if (this.#descriptor !== null) return this.#descriptor.fd;
    throw new RuntimeError("not-loaded", {
      type: this.name,
      message: `the operations ${this.name} were not loaded`,
      hint: "set their autoload to true before load",
    });
  }

  get links(): readonly Link[] {
    return [...this.#links];
  }

  /** Whether the object's `attach()` has to attach them. */
  get attachesByItself(): boolean {
    return this.#descriptor !== null && this.#autoattach && this.#links.size === 0;
  }

  attach(): Link {
    const link = new ProgramLink(this.#sys, this.name, this.#register(), (closed) => this.#links.delete(closed));
    this.#links.add(link);
    return link;
  }

  #register(): Attachment {
    const updated = updateMap(this.#sys, this.fd, key, this.#value);
    // The value of operations with links is handed over once, and can then be registered again and again.
    if (updated < 0 && !(this.#linked && -updated === errno.EBUSY)) throw this.#refused(updated);
    if (!this.#linked) return { fd: null, detach: () => deleteEntry(this.#sys, this.fd, key) };
    const fd = createLink(this.#sys, this.fd, 0, attachTypes.indexOf(linkType));
    if (fd < 0) throw this.#refused(fd);
    return { fd, detach: () => this.#sys.close(fd) };
  }

  #refused(result: number): Error {
    return systemError(result, "attach-failed", `registering the operations ${this.name}`, {
      type: this.name,
      hint: "other operations of that name may be registered, or a member that the kernel needs is not set",
    });
  }

  [Symbol.dispose](): void {
    for (const link of this.#links) link.close();
    this.#descriptor?.[Symbol.dispose]();
  }
}
