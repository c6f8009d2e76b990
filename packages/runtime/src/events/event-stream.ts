import type { Codec } from "../codec.ts";
import { RuntimeError } from "../errors.ts";
import type { MapHandle } from "../maps/map-handle.ts";
import { type Batch, RecordBatch } from "./batch.ts";
import { BatchIterator } from "./batch-iterator.ts";
import { EventIterator } from "./event-iterator.ts";
import { Reading } from "./reading.ts";
import { RecordDecoder, type RecordLimits } from "./record-decoder.ts";
import { type RecordSource, Records } from "./records.ts";
import { WakeUp } from "./wake-up.ts";

export interface WaitOptions {
  /** Ends the wait; iteration then ends as if the stream had been closed. */
  readonly signal?: AbortSignal;
}

export interface EventOptions {
  /** Shorter records throw `event-too-short`; the codec's size by default. What is missing up to the codec's size reads as zero. */
  readonly minBytes?: number;
  /** Longer records throw `event-too-long`; none are by default. What the kernel adds to a perf sample to fill it up is no part of a record. */
  readonly maxBytes?: number;
  /** Called when the kernel tells that it dropped events for want of room: how many, and on which CPU. Ring buffers tell nothing. */
  readonly onLost?: (count: number, cpu: number) => void;
}

/** Records that are taken at once: few where each is awaited, so that their memory goes back soon. */
const singleRecords = 64;
const batchRecords = 8192;

/** What ring buffers and perf event arrays have in common. One reader at a time: a second one throws `already-reading`. */
export abstract class EventStream<T> implements AsyncIterable<T>, Disposable {
  readonly map: MapHandle;
  readonly #source: RecordSource;
  readonly #wakeUp: WakeUp;
  readonly #codec: Codec<T>;
  readonly #limits: RecordLimits;
  readonly #singles = new Records(singleRecords);
  #batches: Records | null = null;
  #reading: { end(): void } | null = null;
  #closed = false;

  protected constructor(map: MapHandle, source: RecordSource, codec: Codec<T>, options: EventOptions) {
    this.map = map;
    this.#source = source;
    this.#codec = codec;
    this.#limits = { minBytes: options.minBytes ?? codec.size, maxBytes: options.maxBytes ?? Number.POSITIVE_INFINITY };
    this.#wakeUp = new WakeUp(map.sys, source.fds);
    map.own(this);
  }

  /**
   * Events that the kernel dropped for want of room, as far as it told so yet. Of a ring buffer it tells nothing (0): there the program
   * sees that nothing was reserved, and counts.
   */
  get lost(): number {
    return this.#source.lost;
  }

  /** Single events, copies that are safe to keep. Ends on close. */
  [Symbol.asyncIterator](): AsyncIterableIterator<T> {
    return this.events();
  }

  /** The same, ended by a signal as well. */
  events(options: WaitOptions = {}): AsyncIterableIterator<T> {
    return new EventIterator(this.#begin(this.#singles, options.signal), this.#decoder());
  }

  /** Many events at once, for speed. */
  batches(options: WaitOptions = {}): AsyncIterableIterator<Batch<T>> {
    const records = this.#batchRecords();
    const batch = new RecordBatch(records, this.#codec, this.#limits, this.map.name);
    const reading = this.#begin(records, options.signal, () => {
      batch.valid = false;
    });
    return new BatchIterator(reading, batch);
  }

  /** Calls back for each event until the stream is closed or the signal comes; the size is the record's, in bytes. */
  async forEach(callback: (event: T, size: number) => void, options: WaitOptions = {}): Promise<void> {
    const reading = this.#begin(this.#batchRecords(), options.signal);
    const decoder = this.#decoder();
    try {
      while (reading.takeNow() || (await reading.takeNext())) deliver(reading, decoder, callback);
    } finally {
      reading.end();
    }
  }

  /** What is there now, without waiting; gives the number of events. */
  drain(callback: (event: T, size: number) => void): number {
    const reading = this.#begin(this.#batchRecords(), undefined);
    const decoder = this.#decoder();
    let count = 0;
    try {
      while (reading.take()) count += deliver(reading, decoder, callback);
    } finally {
      reading.end();
    }
    return count;
  }

  #decoder(): RecordDecoder<T> {
    return new RecordDecoder(this.#codec, this.#limits, this.map.name);
  }

  #batchRecords(): Records {
    this.#batches ??= new Records(batchRecords);
    return this.#batches;
  }

  #begin(records: Records, signal: AbortSignal | undefined, onEnd?: () => void): Reading {
    if (this.#closed) throw new RuntimeError("closed", { type: this.map.name, message: `the events of ${this.map.name} are closed` });
    this.map.beginReading();
    records.length = 0;
    let ended = false;
    const reading = new Reading(this.#source, this.#wakeUp, records, signal, () => {
      ended = true;
      this.#reading = null;
      this.map.endReading();
      onEnd?.();
    });
    if (!ended) this.#reading = reading;
    return reading;
  }

  /** Ends every wait and unmaps. May be called again. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#reading?.end();
    this.#wakeUp.close();
    this.#source.close();
    this.map.disown(this);
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** Calls back for the records that were taken, until the callback ends the reading; gives how many it saw. */
function deliver<T>(reading: Reading, decoder: RecordDecoder<T>, callback: (event: T, size: number) => void): number {
  const { records } = reading;
  const { length } = records;
  for (let index = 0; index < length; index++) {
    reading.consumed = index + 1;
    callback(decoder.decode(records, index), records.sizes[index] ?? 0);
    if (reading.ended) return index + 1;
  }
  return length;
}
