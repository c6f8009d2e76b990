import { decodeUtf8 } from "./text.ts";

/** From here on a string is remembered, so that many references to a few very long ones cost no more than their length. */
const longString = 1024;

/** A table of zero-terminated strings that are named by their byte offset, as ELF and BTF have it. */
export class StringTable {
  readonly bytes: Uint8Array;
  /** The whole table as one string where all of it is ASCII: a slice of it costs nothing. */
  #ascii: string | null | undefined;
  readonly #long = new Map<number, string>();

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** The string at an offset, or undefined where the offset lies outside of the table or no zero byte follows it. */
  at(offset: number): string | undefined {
    if (!(offset >= 0 && offset < this.bytes.length)) return undefined;
    if (this.#long.has(offset)) return this.#long.get(offset);
    const end = this.bytes.indexOf(0, offset);
    if (end < 0) return undefined;
    const all = this.#text();
    const text = all === null ? decodeUtf8(this.bytes.subarray(offset, end)) : all.slice(offset, end);
    if (end - offset >= longString) this.#long.set(offset, text);
    return text;
  }

  /** Whether a string begins at the offset, and not in the middle of another one. */
  isStart(offset: number): boolean {
    return offset === 0 || this.bytes[offset - 1] === 0;
  }

  /** Where the strings begin that have a text in them. */
  startsOf(text: string): readonly number[] {
    const starts: number[] = [];
    const all = this.#text();
    if (all === null) {
      for (let start = 0, end = this.bytes.indexOf(0); end >= 0; start = end + 1, end = this.bytes.indexOf(0, start)) {
        if (decodeUtf8(this.bytes.subarray(start, end)).includes(text)) starts.push(start);
      }
      return starts;
    }
    for (let at = all.indexOf(text); at >= 0; at = all.indexOf(text, at + 1)) {
      const end = all.indexOf("\0", at);
      if (end < 0) break;
      starts.push(all.lastIndexOf("\0", at) + 1);
      at = end;
    }
    return starts;
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
