import { RuntimeError } from "../errors.ts";
import type { MapHandle } from "../maps/map-handle.ts";
import { systemError } from "../sys/errno.ts";
import type { Memory } from "../sys/sys.ts";
import type { RecordSource, Records } from "./records.ts";

/** A record's header: 4 bytes of length with two flags, 4 bytes for the kernel. @see kernel/bpf/ringbuf.c */
const headerSize = 8;
const busy = 1 << 31;
const discarded = 1 << 30;
const lengthMask = 0x3fffffff;

/**
 * The two positions count bytes since the map was made. The data pages are mapped twice in a row, so that a record never wraps.
 * Atomics order our reads after the kernel's writes, and the consumer's position before the next look at the producer's: without the
 * latter a wake-up could be lost. Headers are the one thing read for each record, and there an atomic load takes half of the time: CPUs
 * that load in order anyway are spared it.
 */
export class RingSource implements RecordSource {
  readonly fds: readonly number[];
  readonly lost = 0;
  readonly #name: string;
  readonly #consumer: Memory;
  readonly #producer: Memory;
  /** Of the consumer's page. */
  readonly #consumed: BigUint64Array;
  readonly #consumedWords: Int32Array;
  readonly #produced: Int32Array;
  readonly #lowWord: number;
  readonly #headers: Int32Array;
  readonly #view: DataView;
  readonly #mask: number;
  readonly #loadsInOrder: boolean;
  /** Bytes up to which records were handed back. */
  #position: number;

  /** Throws RuntimeError `codec-mismatch` for another kind of map, `map-failed` where it cannot be mapped. */
  constructor(map: MapHandle) {
    if (map.type !== "ringbuf")
      throw new RuntimeError("codec-mismatch", { type: map.name, message: `${map.name} is a ${map.type}, not a ring buffer` });
    const { sys } = map;
    const size = map.maxEntries;
    const consumer = sys.mmap(map.fd, sys.pageSize, 0, "read-write");
    if (typeof consumer === "number") throw systemError(consumer, "map-failed", `mapping ring buffer ${map.name}`, { type: map.name });
    const producer = sys.mmap(map.fd, sys.pageSize + 2 * size, sys.pageSize, "read");
    if (typeof producer === "number") {
      consumer.unmap();
      throw systemError(producer, "map-failed", `mapping ring buffer ${map.name}`, { type: map.name });
    }
    this.fds = [map.fd];
    this.#name = map.name;
    this.#consumer = consumer;
    this.#producer = producer;
    this.#consumed = new BigUint64Array(consumer.buffer, 0, 1);
    this.#consumedWords = new Int32Array(consumer.buffer, 0, 2);
    this.#produced = new Int32Array(producer.buffer, 0, 2);
    this.#lowWord = sys.endianness === "little" ? 0 : 1;
    this.#headers = new Int32Array(producer.buffer, sys.pageSize, (2 * size) / 4);
    this.#view = new DataView(producer.buffer, sys.pageSize, 2 * size);
    this.#mask = size - 1;
    this.#loadsInOrder = sys.loadsInOrder;
    this.#position = Number(Atomics.load(this.#consumed, 0));
  }

  begin(): void {
    this.#position = Number(Atomics.load(this.#consumed, 0));
  }

  take(records: Records): void {
    this.#checkPosition();
    while (this.#scan(records) && records.length === 0);
  }

  /** True where records were passed over: then the producer's position has to be looked at again. */
  #scan(records: Records): boolean {
    const headers = this.#headers;
    const loadsInOrder = this.#loadsInOrder;
    const mask = this.#mask;
    const { offsets, sizes, capacity } = records;
    records.view = this.#view;
    records.length = 0;
    let count = 0;
    let at = this.#position & mask;
    let left = (Atomics.load(this.#produced, this.#lowWord) - (this.#position | 0)) >>> 0;
    let skipped = 0;
    while (left > 0 && count < capacity) {
      const header = loadsInOrder ? (headers[at >>> 2] ?? busy) : Atomics.load(headers, at >>> 2);
      if ((header & busy) !== 0) break;
      const size = header & lengthMask;
      const total = (headerSize + size + 7) & ~7;
      if ((header & discarded) === 0) {
        offsets[count] = at + headerSize;
        sizes[count++] = size;
      } else if (count === 0) {
        skipped += total;
      }
      at = (at + total) & mask;
      left -= total;
    }
    // What another reader gave back is written over: then no header was read where it is.
    if (left < 0) throw this.#readElsewhere();
    records.length = count;
    // A program may discard all it reserves: that memory goes back as well.
    if (skipped > 0) this.#advance(this.#position + skipped);
    return skipped > 0;
  }

  release(records: Records, count: number): void {
    if (count === 0) return;
    this.#checkPosition();
    const last = (records.offsets[count - 1] ?? 0) - headerSize;
    const total = (headerSize + (records.sizes[count - 1] ?? 0) + 7) & ~7;
    this.#advance(this.#position + (((last - (this.#position & this.#mask)) & this.#mask) >>> 0) + total);
  }

  /** Its low half is enough, and costs no bigint: nobody else reads 4 GiB between two looks. */
  #checkPosition(): void {
    if (Atomics.load(this.#consumedWords, this.#lowWord) !== (this.#position | 0)) throw this.#readElsewhere();
  }

  #readElsewhere(): RuntimeError {
    return new RuntimeError("already-reading", {
      type: this.#name,
      message: `somebody else reads ${this.#name} at the same time: what was read last may be theirs too`,
      hint: "let one process and one stream read a ring buffer at a time",
    });
  }

  #advance(position: number): void {
    this.#position = position;
    Atomics.store(this.#consumed, 0, BigInt(position));
  }

  close(): void {
    this.#producer.unmap();
    this.#consumer.unmap();
  }
}
