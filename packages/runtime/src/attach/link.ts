import { Attr } from "../bpf/attr.ts";
import { command, openPinned, pinObject } from "../bpf/commands.ts";
import { type LinkInfo, linkInfo } from "../bpf/link-info.ts";
import { readRange } from "../elf-image/index.ts";
import { RuntimeError } from "../errors.ts";
import { pinHint } from "../maps/map-handle.ts";
import { errno, errnoName, systemError } from "../sys/errno.ts";
import { linuxSys } from "../sys/linux.ts";
import type { Sys } from "../sys/sys.ts";

/** What attaching made: its descriptor, if the kernel has one for it, and how to end it. */
export interface Attachment {
  readonly fd: number | null;
  detach(): void;
}

export interface Link extends Disposable {
  /** Name of the program. */
  readonly program: string;
  /** The link's descriptor; null where the kernel has none for it (a socket), or more than one. */
  readonly fd: number | null;
  /** What the kernel tells of it. Throws `unsupported` where there is no descriptor. */
  readonly info: LinkInfo;
  /** Puts another program of the same type in its place, without a gap. Throws `attach-failed`. */
  update(program: { readonly fd: number }): void;
  /** Keeps the program attached under a path in a BPF file system, also when this process ends. Throws `pin-failed`. */
  pin(path: string): void;
  /** Of an iterator: walks, and gives what the program wrote. Throws `attach-failed`. */
  read(): Uint8Array;
  /**
   * Detaches although it is pinned; what remains is a link to nothing, to be closed. The kernel can do that with links of cgroups, network
   * namespaces, XDP, tcx, netkit and struct_ops; of others, such as tracepoints, it throws `unsupported`: close them.
   */
  detach(): void;
  /** Detaches, unless it is pinned. May be called again. */
  close(): void;
}

/** Bytes of one read of an iterator. */
const chunkBytes = 1 << 16;

export class ProgramLink implements Link {
  readonly program: string;
  readonly #sys: Sys;
  readonly #onClose: (link: ProgramLink) => void;
  #attachment: Attachment | null;

  constructor(sys: Sys, program: string, attachment: Attachment, onClose: (link: ProgramLink) => void) {
    this.#sys = sys;
    this.program = program;
    this.#attachment = attachment;
    this.#onClose = onClose;
  }

  get fd(): number | null {
    return this.#attachment?.fd ?? null;
  }

  get info(): LinkInfo {
    const info = linkInfo(this.#sys, this.#descriptor("asked for"));
    if (typeof info === "number")
      throw systemError(info, "system-call-failed", `asking for the link of ${this.program}`, { type: this.program });
    return info;
  }

  update(program: { readonly fd: number }): void {
    const fd = this.#descriptor("updated");
    const result = this.#sys.bpf(command.linkUpdate, new Attr(this.#sys, 16).u32(0, fd).u32(4, program.fd).bytes);
    if (result < 0) {
      throw systemError(result, "attach-failed", `replacing ${this.program}`, {
        type: this.program,
        hint: "only links of XDP, tcx, netkit, cgroups, network namespaces and struct_ops can be updated",
      });
    }
  }

  pin(path: string): void {
    const result = pinObject(this.#sys, this.#descriptor("pinned"), path);
    if (result < 0) throw systemError(result, "pin-failed", `pinning the link of ${this.program} to ${path}`, pinHint(this.program, path));
  }

  detach(): void {
    const result = this.#sys.bpf(command.linkDetach, new Attr(this.#sys, 4).u32(0, this.#descriptor("detached")).bytes);
    if (-result === errno.EOPNOTSUPP) {
      throw new RuntimeError("unsupported", {
        type: this.program,
        message: `the kernel detaches ${this.program} only when its link ends: links of type ${this.info.type} have no other way`,
        hint: "call close(), and remove the path where it is pinned",
        errno: errnoName(result),
      });
    }
    if (result < 0) throw systemError(result, "attach-failed", `detaching ${this.program}`, { type: this.program });
  }

  read(): Uint8Array {
    const fd = this.#sys.bpf(command.iterCreate, new Attr(this.#sys, 8).u32(0, this.#descriptor("read")).bytes);
    if (fd < 0)
      throw systemError(fd, "attach-failed", `walking with ${this.program}`, { type: this.program, hint: "only iterators can be read" });
    try {
      const chunks: Uint8Array[] = [];
      for (let chunk = readRange(fd, null, chunkBytes); chunk.length > 0; chunk = readRange(fd, null, chunkBytes)) chunks.push(chunk);
      return Buffer.concat(chunks);
    } finally {
      this.#sys.close(fd);
    }
  }

  /** Throws `closed`, and `unsupported` where the kernel has no link for the attachment. */
  #descriptor(what: string): number {
    if (this.#attachment === null)
      throw new RuntimeError("closed", { type: this.program, message: `the link of ${this.program} is closed` });
    if (this.#attachment.fd !== null) return this.#attachment.fd;
    throw new RuntimeError("unsupported", {
      type: this.program,
      message: `the kernel has no link for what ${this.program} is attached to, so it cannot be ${what}`,
      hint: "sockets, filters of tc and several perf events at once have none; perf events have links since Linux 5.15",
    });
  }

  close(): void {
    const attachment = this.#attachment;
    this.#attachment = null;
    if (attachment === null) return;
    attachment.detach();
    this.#onClose(this);
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** A link that was pinned, by this process or another one. Closing it detaches once the path is removed. Throws RuntimeError `no-such-target`. */
export function openPinnedLink(path: string, sys: Sys = linuxSys()): Link {
  const fd = openPinned(sys, path);
  if (fd < 0) throw systemError(fd, "no-such-target", `opening the pinned link ${path}`, { file: path });
  return new ProgramLink(sys, path, { fd, detach: () => void sys.close(fd) }, () => undefined);
}

/** Many attachments that end together. */
export function together(attachments: readonly Attachment[]): Attachment {
  const [only] = attachments;
  return {
    fd: attachments.length === 1 && only !== undefined ? only.fd : null,
    detach: () => {
      for (const attachment of attachments) attachment.detach();
    },
  };
}
