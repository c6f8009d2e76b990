const tab = 0x09;
const leastCapacity = 256;
/** All types of a kernel are less than a tenth of this; only input that is made to be large asks for more. */
const largestText = 128 * 1024 * 1024;

/**
 * Appends text to one buffer of UTF-8 bytes: where megabytes are printed, a string for each piece would cost more than its bytes.
 * `fail` makes the error for a text of more than 128 MiB.
 */
export class TextWriter {
  // `private` where a `#` would do: V8 stores into those by a slow routine until its last compiler has come round, after most of the text.
  private bytes: Uint8Array;
  private end = 0;
  readonly #fail: () => Error;

  /** `capacity`: bytes to make room for at the start; more is made when it is needed. */
  constructor(fail: () => Error, capacity = 0) {
    this.bytes = new Uint8Array(Math.max(leastCapacity, capacity));
    this.#fail = fail;
  }

  get length(): number {
    return this.end;
  }

  /** Text of ASCII characters. */
  ascii(text: string): this {
    let at = this.end;
    const end = at + text.length;
    if (end > this.bytes.length) this.#grow(end);
    const bytes = this.bytes;
    for (let index = 0; at < end; at++, index++) bytes[at] = text.charCodeAt(index);
    this.end = end;
    return this;
  }

  tabs(count: number): this {
    const end = this.end + count;
    if (end > this.bytes.length) this.#grow(end);
    for (let at = this.end; at < end; at++) this.bytes[at] = tab;
    this.end = end;
    return this;
  }

  /** The bytes up to the next zero byte. */
  zeroTerminated(from: Uint8Array, offset: number): this {
    const { bytes } = this;
    let at = this.end;
    let index = offset;
    for (let byte = from[index]; byte !== 0 && byte !== undefined; byte = from[++index]) bytes[at++] = byte;
    // What was stored behind the end of the buffer is lost.
    if (at > bytes.length) {
      this.#grow(at);
      this.bytes.set(from.subarray(offset, index), this.end);
    }
    this.end = at;
    return this;
  }

  /** An integer in decimal. */
  integer(value: number): this {
    if (value < 0 || value > 0xffffffff) return this.ascii(String(value));
    let digits = 1;
    for (let power = 10; power <= value; power *= 10) digits++;
    const end = this.end + digits;
    if (end > this.bytes.length) this.#grow(end);
    const bytes = this.bytes;
    let rest = value >>> 0;
    for (let at = end - 1; at >= this.end; at--) {
      const next = (rest / 10) >>> 0;
      bytes[at] = 0x30 + rest - next * 10;
      rest = next;
    }
    this.end = end;
    return this;
  }

  /** Takes back the bytes from an offset up to another one, or to the end. */
  remove(from: number, to = this.end): void {
    this.bytes.copyWithin(from, to, this.end);
    this.end -= to - from;
  }

  /** What was written; the writer must not be used after it. */
  take(): Uint8Array {
    return this.bytes.subarray(0, this.end);
  }

  #grow(needed: number): void {
    if (needed > largestText) throw this.#fail();
    const larger = new Uint8Array(Math.max(needed, this.bytes.length * 2));
    larger.set(this.bytes.subarray(0, this.end));
    this.bytes = larger;
  }
}
