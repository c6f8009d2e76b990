import type { Reading } from "./reading.ts";
import type { RecordDecoder } from "./record-decoder.ts";

const done: IteratorReturnResult<undefined> = { value: undefined, done: true };

/** Single events. Written by hand: an async generator is two times slower. */
export class EventIterator<T> implements AsyncIterableIterator<T> {
  readonly #reading: Reading;
  readonly #decoder: RecordDecoder<T>;
  #pending: Promise<IteratorResult<T>> | null = null;

  constructor(reading: Reading, decoder: RecordDecoder<T>) {
    this.#reading = reading;
    this.#decoder = decoder;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<T>> {
    const reading = this.#reading;
    if (this.#pending !== null) return this.#pending.then(() => this.next());
    if (reading.ended) return Promise.resolve(done);
    if (reading.consumed < reading.records.length) return this.#resolved();
    try {
      return reading.takeNow() ? this.#resolved() : this.#wait();
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #resolved(): Promise<IteratorResult<T>> {
    try {
      return Promise.resolve({ value: this.#decoder.decode(this.#reading.records, this.#reading.consumed++), done: false });
    } catch (error) {
      this.#reading.end();
      return Promise.reject(error);
    }
  }

  #wait(): Promise<IteratorResult<T>> {
    const pending = this.#reading.takeNext().then(
      (taken) => {
        this.#pending = null;
        return taken ? this.#resolved() : done;
      },
      (error) => {
        this.#pending = null;
        throw error;
      },
    );
    this.#pending = pending;
    return pending;
  }

  async return(): Promise<IteratorResult<T>> {
    this.#reading.finish();
    return done;
  }
}
