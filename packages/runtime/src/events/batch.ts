import type { Codec } from "../codec.ts";
import { RuntimeError } from "../errors.ts";
import { RecordDecoder, type RecordLimits } from "./record-decoder.ts";
import type { Records } from "./records.ts";

/** A DataView that must not be written through: the memory is mapped read-only, and a write ends the process. */
export type ReadonlyView = Omit<DataView, `set${string}`>;

/**
 * Records in mapped memory, valid until the next step of the iteration. Afterwards its methods throw `closed`; a view that was kept
 * shows other records, and throws a TypeError once the stream is closed.
 */
export interface Batch<T> extends Iterable<T> {
  readonly length: number;
  /** The mapped memory; record `i` begins at `offsets[i]` and has `sizes[i]` bytes. */
  readonly view: ReadonlyView;
  readonly offsets: Uint32Array;
  readonly sizes: Uint32Array;
  /** A decoded copy of one record. Throws RangeError past the end. */
  at(index: number): T;
  /** A copy of one record as it is: also what is longer than its type, or behind a zero byte in its text. Throws RangeError past the end. */
  bytesAt(index: number): Uint8Array;
  /** The size is the record's, in bytes. */
  forEach(callback: (event: T, size: number) => void): void;
}

/** The batch of one iteration, filled again at each step. */
export class RecordBatch<T> implements Batch<T> {
  readonly #records: Records;
  readonly #decoder: RecordDecoder<T>;
  /** Whether its records are still where they were. */
  valid = false;

  constructor(records: Records, codec: Codec<T>, limits: RecordLimits, what: string) {
    this.#records = records;
    this.#decoder = new RecordDecoder(codec, limits, what);
  }

  get length(): number {
    return this.#checked().length;
  }
  get view(): ReadonlyView {
    return this.#checked().view;
  }
  get offsets(): Uint32Array {
    return this.#checked().offsets;
  }
  get sizes(): Uint32Array {
    return this.#checked().sizes;
  }

  at(index: number): T {
    return this.#decoder.decode(this.#checkedAt(index), index);
  }

  bytesAt(index: number): Uint8Array {
    const { view, offsets, sizes } = this.#checkedAt(index);
    return new Uint8Array(view.buffer, view.byteOffset + (offsets[index] ?? 0), sizes[index]).slice();
  }

  forEach(callback: (event: T, size: number) => void): void {
    const records = this.#checked();
    for (let index = 0; index < records.length && this.valid; index++) {
      callback(this.#decoder.decode(records, index), records.sizes[index] ?? 0);
    }
  }

  [Symbol.iterator](): Iterator<T> {
    let index = 0;
    return {
      next: () => {
        const records = this.#checked();
        return index < records.length ? { value: this.#decoder.decode(records, index++), done: false } : { value: undefined, done: true };
      },
    };
  }

  #checkedAt(index: number): Records {
    const records = this.#checked();
    if (Number.isInteger(index) && index >= 0 && index < records.length) return records;
    throw new RangeError(`no record ${index} in a batch of ${records.length}`);
  }

  #checked(): Records {
    if (this.valid) return this.#records;
    throw new RuntimeError("closed", {
      message: "the records of this batch were handed back",
      hint: "decode what has to last longer than one step of the iteration",
    });
  }
}
