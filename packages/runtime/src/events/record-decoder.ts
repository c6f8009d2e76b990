import type { Codec } from "../codec.ts";
import { RuntimeError } from "../errors.ts";
import type { Records } from "./records.ts";

/** How long the records of a stream are, in bytes. */
export interface RecordLimits {
  readonly minBytes: number;
  /** Infinity where there is no end. */
  readonly maxBytes: number;
}

/** Decodes records of one type, also those that end before the type does. */
export class RecordDecoder<T> {
  readonly #codec: Codec<T>;
  readonly #size: number;
  readonly #limits: RecordLimits;
  readonly #what: string;
  #scratch: DataView | null = null;

  /** `what` sends the records, for messages. */
  constructor(codec: Codec<T>, limits: RecordLimits, what: string) {
    this.#codec = codec;
    this.#size = codec.size;
    this.#limits = limits;
    this.#what = what;
  }

  /** Throws RuntimeError `event-too-short` and `event-too-long`. */
  decode(records: Records, index: number): T {
    const offset = records.offsets[index] ?? 0;
    const size = records.sizes[index] ?? 0;
    if (size > this.#limits.maxBytes) throw this.#error("event-too-long", `${size} bytes`, `${this.#limits.maxBytes} at most are expected`);
    return size >= this.#size ? this.#codec.decode(records.view, offset, size) : this.#decodeShort(records.view, offset, size);
  }

  #decodeShort(view: DataView, offset: number, size: number): T {
    if (size < this.#limits.minBytes) throw this.#error("event-too-short", `${size} bytes`, `${this.#limits.minBytes} are needed`);
    this.#scratch ??= new DataView(new ArrayBuffer(this.#size));
    const bytes = new Uint8Array(this.#scratch.buffer);
    bytes.fill(0);
    bytes.set(new Uint8Array(view.buffer, view.byteOffset + offset, size));
    return this.#codec.decode(this.#scratch, 0, size);
  }

  #error(code: "event-too-short" | "event-too-long", size: string, wanted: string): RuntimeError {
    return new RuntimeError(code, {
      type: this.#what,
      message: `a record of ${size} in ${this.#what}, where ${wanted}`,
      hint: "the program sends another type, or another part of it: give the right one, or minBytes and maxBytes",
    });
  }
}
