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
    if (signal?.aborted === true) this.end();
    else signal?.addEventListener("abort", this.#abort, { once: true });
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Hands back what was handled, and takes what is there; false where nothing is. */
  take(): boolean {
    this.lent = false;
    if (this.#stopped) this.end();
    if (this.#ended) return false;
    this.#handBack();
    this.#source.take(this.records);
    return this.records.length > 0;
  }

  /** The same, but gives the event loop its turn first where it is due: false then too. */
  takeNow(): boolean {
    return performance.now() - this.#turnBegan <= longestTurn && this.take();
  }

  #handBack(): void {
    if (this.consumed > 0) this.#source.release(this.records, this.consumed);
    this.consumed = 0;
    this.records.length = 0;
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

  /** At once, whoever looks at the records. */
  end(): void {
    if (this.#ended) return;
    this.#handBack();
    this.#ended = true;
    this.#signal?.removeEventListener("abort", this.#abort);
    this.#onEnd();
    this.#wakeUp.cancel();
  }
}
