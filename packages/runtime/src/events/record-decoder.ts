import type { Codec } from "../codec.ts";
import { RuntimeError } from "../errors.ts";
import type { Records } from "./records.ts";

/** Decodes records of one type, also those that end before the type does. */
export class RecordDecoder<T> {
  readonly #codec: Codec<T>;
  readonly #size: number;
  readonly #minBytes: number;
  readonly #what: string;
  #scratch: DataView | null = null;

  /** `what` sends the records, for messages. */
  constructor(codec: Codec<T>, minBytes: number, what: string) {
    this.#codec = codec;
    this.#size = codec.size;
    this.#minBytes = minBytes;
    this.#what = what;
  }

  /** Throws RuntimeError `event-too-short`. */
  decode(records: Records, index: number): T {
    const offset = records.offsets[index] ?? 0;
    const size = records.sizes[index] ?? 0;
    return size >= this.#size ? this.#codec.decode(records.view, offset, size) : this.#decodeShort(records.view, offset, size);
  }

  #decodeShort(view: DataView, offset: number, size: number): T {
    if (size < this.#minBytes) {
      throw new RuntimeError("event-too-short", {
        type: this.#what,
        message: `a record of ${size} bytes in ${this.#what}, where ${this.#minBytes} are needed`,
        hint: "the program sends another type, or less of it: give the right one, or minBytes",
      });
    }
    this.#scratch ??= new DataView(new ArrayBuffer(this.#size));
    const bytes = new Uint8Array(this.#scratch.buffer);
    bytes.fill(0);
    bytes.set(new Uint8Array(view.buffer, view.byteOffset + offset, size));
    return this.#codec.decode(this.#scratch, 0, size);
  }
}
