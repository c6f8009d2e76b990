import { readSync } from "node:fs";
import { WakeUp } from "../events/wake-up.ts";
import { errno, systemError } from "../sys/errno.ts";
import { linuxSys } from "../sys/linux.ts";
import type { Sys } from "../sys/sys.ts";
import { parseTraceLine, type TraceLine } from "./trace-line.ts";

const paths = ["/sys/kernel/tracing/trace_pipe", "/sys/kernel/debug/tracing/trace_pipe"];
const chunkBytes = 1 << 16;

/**
 * What programs print with bpf_printk(), from all of the machine. There is one such pipe: a line that was read here is read nowhere else,
 * so one reader at a time should do it.
 */
export class TracePipe implements AsyncIterable<TraceLine>, Disposable {
  readonly #sys: Sys;
  readonly #fd: number;
  readonly #wakeUp: WakeUp;
  readonly #chunk = Buffer.alloc(chunkBytes);
  /** The beginning of a line whose end was not read yet. */
  #rest = "";
  #closed = false;

  /** Throws RuntimeError `no-permission`, and `unsupported` where tracefs is not mounted. */
  constructor(sys: Sys = linuxSys()) {
    this.#sys = sys;
    this.#fd = openPipe(sys);
    this.#wakeUp = new WakeUp(sys, [this.#fd]);
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<TraceLine> {
    return this.lines();
  }

  /** Lines as they come; ends on close and on the signal. */
  async *lines(options: { readonly signal?: AbortSignal } = {}): AsyncIterableIterator<TraceLine> {
    const { signal } = options;
    const abort = (): void => this.#wakeUp.cancel();
    const ended = (): boolean => this.#closed || signal?.aborted === true;
    signal?.addEventListener("abort", abort);
    try {
      while (!ended()) {
        yield* this.read();
        // What came meanwhile makes the pipe readable, and wakes at once.
        if (!ended()) await new Promise<void>((resolve) => this.#wakeUp.wait(resolve));
      }
    } finally {
      signal?.removeEventListener("abort", abort);
    }
  }

  /** The lines that are there, without waiting; those that the kernel adds itself are left out. */
  read(): TraceLine[] {
    const lines: TraceLine[] = [];
    for (let text = this.#readChunk(); text !== ""; text = this.#readChunk()) {
      const parts = (this.#rest + text).split("\n");
      this.#rest = parts.pop() ?? "";
      lines.push(...parts.map(parseTraceLine).filter((line) => line !== null));
    }
    return lines;
  }

  /** "" where nothing is there. */
  #readChunk(): string {
    if (this.#closed) return "";
    try {
      return this.#chunk.toString("utf8", 0, readSync(this.#fd, this.#chunk));
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === "EAGAIN") return "";
      throw systemError((cause as NodeJS.ErrnoException).errno ?? -errno.EINVAL, "system-call-failed", "reading the trace pipe", { cause });
    }
  }

  /** Ends the wait. May be called again. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#wakeUp.close();
    this.#sys.close(this.#fd);
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

function openPipe(sys: Sys): number {
  let result = -errno.ENOENT;
  for (const path of paths) {
    result = sys.open(path, { nonBlocking: true });
    if (result >= 0) return result;
    if (-result !== errno.ENOENT) break;
  }
  throw systemError(result, "unsupported", "opening the trace pipe", {
    file: paths[0],
    hint: "mount -t tracefs tracefs /sys/kernel/tracing; one reader may hold the pipe at a time",
  });
}
