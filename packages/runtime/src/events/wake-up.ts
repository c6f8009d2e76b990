import type { Poll, Sys } from "../sys/sys.ts";

/** Waits for any of some descriptors to be readable, without blocking the event loop. */
export class WakeUp {
  readonly #polls: readonly Poll[];
  #callback: (() => void) | null = null;

  constructor(sys: Sys, fds: readonly number[]) {
    this.#polls = fds.map((fd) => sys.poll(fd, () => this.#fire()));
  }

  /** Calls back once: when something is readable, or when `cancel` is called. Keeps the process alive meanwhile. */
  wait(callback: () => void): void {
    this.#callback = callback;
    for (const poll of this.#polls) poll.start();
  }

  cancel(): void {
    this.#fire();
  }

  #fire(): void {
    const callback = this.#callback;
    if (callback === null) return;
    this.#callback = null;
    for (const poll of this.#polls) poll.stop();
    callback();
  }

  close(): void {
    this.#fire();
    for (const poll of this.#polls) poll.close();
  }
}
