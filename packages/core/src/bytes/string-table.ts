import { decodeUtf8 } from "./text.ts";

/** From here on a string is remembered, so that many references to a few very long ones cost no more than their length. */
const longString = 1024;
/** In bytes: from here on a table is not made a string of before so many of its strings were asked for. */
const largeTable = 1 << 16;
const manyStrings = 1000;

/** A table of zero-terminated strings that are named by their byte offset, as ELF and BTF have it. */
export class StringTable {
  readonly bytes: Uint8Array;
  /** The whole table as one string where all of it is ASCII: a slice of it costs nothing. */
  #ascii: string | null | undefined;
  readonly #long = new Map<number, string>();
  #asked = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** The string at an offset, or undefined where the offset lies outside of the table or no zero byte follows it. */
  at(offset: number): string | undefined {
    if (!(offset >= 0 && offset < this.bytes.length)) return undefined;
    if (this.#long.has(offset)) return this.#long.get(offset);
    const end = this.bytes.indexOf(0, offset);
    if (end < 0) return undefined;
    const all = this.#isLittleUsed() ? null : this.#text();
    const text = all === null ? decodeUtf8(this.bytes.subarray(offset, end)) : all.slice(offset, end);
    if (end - offset >= longString) this.#long.set(offset, text);
    return text;
  }

  /** Whether a string begins at the offset, and not in the middle of another one. */
  isStart(offset: number): boolean {
    return offset === 0 || this.bytes[offset - 1] === 0;
  }

  /** Making a string of the kernel's 1.3 MB takes as long as a thousand strings out of them. */
  #isLittleUsed(): boolean {
    return this.#ascii === undefined && this.bytes.length > largeTable && ++this.#asked < manyStrings;
  }

  #text(): string | null {
    if (this.#ascii === undefined) this.#ascii = asciiText(this.bytes);
    return this.#ascii;
  }
}

/** Null for other bytes: as many characters as bytes come of ASCII only, or of bytes that are no text and become U+FFFD. */
function asciiText(bytes: Uint8Array): string | null {
  const text = decodeUtf8(bytes);
  return text.length === bytes.length && !text.includes("\ufffd") ? text : null;
}
