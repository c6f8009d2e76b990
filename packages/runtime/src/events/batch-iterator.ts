import type { Batch, RecordBatch } from "./batch.ts";
import type { Reading } from "./reading.ts";

/** All that is there at each step, as one batch that is used again. */
export class BatchIterator<T> implements AsyncIterableIterator<Batch<T>> {
  readonly #reading: Reading;
  readonly #batch: RecordBatch<T>;

  constructor(reading: Reading, batch: RecordBatch<T>) {
    this.#reading = reading;
    this.#batch = batch;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Batch<T>>> {
    const reading = this.#reading;
    this.#batch.valid = false;
    if (!reading.takeNow() && !(await reading.takeNext())) return { value: undefined, done: true };
    reading.consumed = reading.records.length;
    reading.lent = true;
    this.#batch.valid = true;
    return { value: this.#batch, done: false };
  }

  async return(): Promise<IteratorResult<Batch<T>>> {
    this.#reading.finish();
    return { value: undefined, done: true };
  }
}
