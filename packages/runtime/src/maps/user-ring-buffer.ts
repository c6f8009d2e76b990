import type { Codec } from "../codec.ts";
import { RuntimeError } from "../errors.ts";
import { systemError } from "../sys/errno.ts";
import type { Memory } from "../sys/sys.ts";
import type { MapHandle } from "./map-handle.ts";

/** 4 bytes of length, 4 of padding. @see kernel/bpf/ringbuf.c, __bpf_user_ringbuf_peek() */
const headerSize = 8;

/** A ring that user space writes, and bpf_user_ringbuf_drain() reads; Linux 6.1. One writer at a time. */
export class UserRingBuffer<T> implements Disposable {
  readonly map: MapHandle;
  readonly #codec: Codec<T>;
  readonly #consumer: Memory;
  readonly #producer: Memory;
  readonly #consumed: BigUint64Array;
  readonly #produced: BigUint64Array;
  readonly #lengths: Int32Array;
  readonly #data: DataView;
  readonly #size: number;
  #closed = false;

  /** Throws RuntimeError `codec-mismatch` for another kind of map, `map-failed` where it cannot be mapped. */
  constructor(map: MapHandle, record: Codec<T>) {
    if (map.type !== "user_ringbuf") {
      throw new RuntimeError("codec-mismatch", { type: map.name, message: `${map.name} is a ${map.type}, not a user ring buffer` });
    }
    const { sys } = map;
    const consumer = sys.mmap(map.fd, sys.pageSize, 0, "read");
    if (typeof consumer === "number") throw systemError(consumer, "map-failed", `mapping ${map.name}`, { type: map.name });
    const producer = sys.mmap(map.fd, sys.pageSize + 2 * map.maxEntries, sys.pageSize, "read-write");
    if (typeof producer === "number") {
      consumer.unmap();
      throw systemError(producer, "map-failed", `mapping ${map.name}`, { type: map.name });
    }
    this.map = map;
    this.#codec = record;
    this.#consumer = consumer;
    this.#producer = producer;
    this.#size = map.maxEntries;
    this.#consumed = new BigUint64Array(consumer.buffer, 0, 1);
    this.#produced = new BigUint64Array(producer.buffer, 0, 1);
    this.#lengths = new Int32Array(producer.buffer, sys.pageSize, (2 * map.maxEntries) / 4);
    this.#data = new DataView(producer.buffer, sys.pageSize, 2 * map.maxEntries);
    map.own(this);
  }

  /** False where there is no room: the programs have not read enough yet. Throws RangeError for a record larger than the ring, `closed`. */
  write(record: T): boolean {
    if (this.#closed) throw new RuntimeError("closed", { type: this.map.name, message: `${this.map.name} is closed` });
    const { size } = this.#codec;
    const total = (headerSize + size + 7) & ~7;
    if (total > this.#size) throw new RangeError(`a record of ${size} bytes does not fit into ${this.map.name}, which has ${this.#size}`);
    const position = Number(Atomics.load(this.#produced, 0));
    if (position - Number(Atomics.load(this.#consumed, 0)) + total > this.#size) return false;
    const at = position & (this.#size - 1);
    // The data pages are mapped twice in a row, so that a record never wraps.
    for (let offset = headerSize; offset < total; offset++) this.#data.setUint8(at + offset, 0);
    this.#codec.encode(record, this.#data, at + headerSize);
    Atomics.store(this.#lengths, at >>> 2, size);
    // The position is what makes the record visible, so it comes last.
    Atomics.store(this.#produced, 0, BigInt(position + total));
    return true;
  }

  /** May be called again. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#producer.unmap();
    this.#consumer.unmap();
    this.map.disown(this);
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
