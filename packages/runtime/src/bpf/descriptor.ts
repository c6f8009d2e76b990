import { RuntimeError } from "../errors.ts";
import type { Sys } from "../sys/sys.ts";

/** A file descriptor that is closed once. */
export class Descriptor implements Disposable {
  readonly #sys: Sys;
  readonly #what: string;
  #fd: number;

  /** `what` it is of, for messages: `map counts`. */
  constructor(sys: Sys, fd: number, what: string) {
    this.#sys = sys;
    this.#fd = fd;
    this.#what = what;
  }

  /** Throws RuntimeError `closed`. */
  get fd(): number {
    if (this.#fd < 0) throw new RuntimeError("closed", { message: `${this.#what} is closed` });
    return this.#fd;
  }

  get closed(): boolean {
    return this.#fd < 0;
  }

  [Symbol.dispose](): void {
    if (this.#fd >= 0) this.#sys.close(this.#fd);
    this.#fd = -1;
  }
}
