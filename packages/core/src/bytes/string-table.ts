import { decodeUtf8 } from "./text.ts";

/** A table of zero-terminated strings that are named by their byte offset, as ELF and BTF have it. */
export class StringTable {
  readonly bytes: Uint8Array;
  /** The whole table as one string where all of it is ASCII: a slice of it costs nothing. */
  #ascii: string | null | undefined;
  /** The string that was found last. Offsets into one long string would cost its length each, were it searched again. */
  #start = 0;
  #end = -1;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** The string at an offset, or undefined where the offset lies outside of the table or no zero byte follows it. */
  at(offset: number): string | undefined {
    const end = this.#terminator(offset);
    if (end === undefined) return undefined;
    const text = this.#text();
    return text === null ? decodeUtf8(this.bytes.subarray(offset, end)) : text.slice(offset, end);
  }

  /** Whether a string begins at the offset, and not in the middle of another one. */
  isStart(offset: number): boolean {
    return offset === 0 || this.bytes[offset - 1] === 0;
  }

  #terminator(offset: number): number | undefined {
    if (!(offset >= 0 && offset < this.bytes.length)) return undefined;
    if (offset < this.#start || offset > this.#end) {
      const end = this.bytes.indexOf(0, offset);
      if (end < 0) return undefined;
      this.#start = offset;
      this.#end = end;
    }
    return this.#end;
  }

  #text(): string | null {
    this.#ascii ??= isAscii(this.bytes) ? decodeUtf8(this.bytes) : null;
    return this.#ascii;
  }
}

function isAscii(bytes: Uint8Array): boolean {
  for (let index = 0; index < bytes.length; index++) if ((bytes[index] ?? 0) > 0x7f) return false;
  return true;
}
