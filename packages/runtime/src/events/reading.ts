import { RuntimeError } from "../errors.ts";
import type { RecordSource, Records } from "./records.ts";
import type { WakeUp } from "./wake-up.ts";

/** How long records may be handled before the event loop gets its turn, in milliseconds. */
const longestTurn = 10;

/** One loop over a stream: takes records, waits for more, ends when it is told to. */
export class Reading {
  readonly records: Records;
  /** How many of the records were handled: they are handed back at the next step, or when the loop ends. */
  consumed = 0;
  readonly #source: RecordSource;
  readonly #wakeUp: WakeUp;
  readonly #signal: AbortSignal | undefined;
  readonly #onEnd: () => void;
  readonly #abort = (): void => this.#stop();
  #turnBegan = performance.now();
  #ended = false;
  #stopped = false;
  /** Whether somebody looks at the records where they lie: then a signal ends the reading at the next step. */
  lent = false;

  /** `onEnd` is called once, when the records were handed back. */
  constructor(source: RecordSource, wakeUp: WakeUp, records: Records, signal: AbortSignal | undefined, onEnd: () => void) {
    this.#source = source;
    this.#wakeUp = wakeUp;
    this.records = records;
    this.#signal = signal;
    this.#onEnd = onEnd;
    source.begin();
    if (signal?.aborted === true) this.end();
    else signal?.addEventListener("abort", this.#abort, { once: true });
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Hands back what was handled, and takes what is there; false where nothing is. Ends before it throws `already-reading`. */
  take(): boolean {
    this.lent = false;
    if (this.#stopped) this.finish();
    if (this.#ended) return false;
    try {
      this.#handBack();
      this.#source.take(this.records);
    } catch (error) {
      this.end();
      throw error;
    }
    return this.records.length > 0;
  }

  /** The same, but gives the event loop its turn first where it is due: false then too. */
  takeNow(): boolean {
    return performance.now() - this.#turnBegan <= longestTurn && this.take();
  }

  #handBack(): void {
    const { consumed } = this;
    this.consumed = 0;
    this.records.length = 0;
    if (consumed > 0) this.#source.release(this.records, consumed);
  }

  /** Takes records as soon as there are some; false once the reading has ended. */
  async takeNext(): Promise<boolean> {
    while (!this.#ended) {
      await this.#turn();
      if (this.take()) return true;
    }
    return false;
  }

  /** The event loop's turn: as short as possible where records are waiting. */
  async #turn(): Promise<void> {
    const isLate = performance.now() - this.#turnBegan > longestTurn;
    await new Promise<void>((resolve) => {
      if (isLate) setImmediate(resolve);
      else this.#wakeUp.wait(resolve);
    });
    this.#turnBegan = performance.now();
  }

  #stop(): void {
    this.#stopped = true;
    if (!this.lent) this.end();
  }

  /** At once, whoever looks at the records. Throws `already-reading` where the last ones were somebody else's too, but ends. */
  finish(): void {
    if (this.#ended) return;
    this.#ended = true;
    try {
      this.#handBack();
    } finally {
      this.#signal?.removeEventListener("abort", this.#abort);
      this.#onEnd();
      this.#wakeUp.cancel();
    }
  }

  /** The same for those who cannot be told: a signal, the stream's close, a loop that fails anyway. */
  end(): void {
    try {
      this.finish();
    } catch (error) {
      if (!(error instanceof RuntimeError)) throw error;
    }
  }
}
