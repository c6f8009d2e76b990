/** Why a run ended; `done`: nothing was left that could arrive. */
export type Reason = "signal" | "duration" | "exit" | "done";

/** Exit code of a program that SIGINT ended. @see https://tldp.org/LDP/abs/html/exitcodes.html */
const interrupted = 130;

/** Ends a run once, for whatever reason comes first. */
export class Stop implements Disposable {
  readonly #controller = new AbortController();
  readonly #resources = new DisposableStack();
  #reason: Reason | null = null;

  /** `duration` in milliseconds. The first SIGINT or SIGTERM ends the run, the second the process. */
  constructor(duration: number | undefined) {
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      const end = (): void => (this.#reason === null ? this.now("signal") : process.exit(interrupted));
      process.on(signal, end);
      this.#resources.defer(() => void process.off(signal, end));
    }
    // Also keeps the process alive where nothing else is waited for.
    const timer = duration === undefined ? setInterval(() => undefined, 1 << 30) : setTimeout(() => this.now("duration"), duration);
    this.#resources.defer(() => clearTimeout(timer));
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Null while it goes on. */
  get reason(): Reason | null {
    return this.#reason;
  }

  now(reason: Reason): void {
    this.#reason ??= reason;
    this.#controller.abort();
  }

  /** Resolves when it ends. */
  async wait(): Promise<void> {
    if (this.signal.aborted) return;
    await new Promise<void>((resolve) => this.signal.addEventListener("abort", () => resolve(), { once: true }));
  }

  [Symbol.dispose](): void {
    this.#resources.dispose();
  }
}
