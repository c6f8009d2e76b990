import { encodeUtf8, type StringTable } from "../bytes/index.ts";

const hashSeed = 0x811c9dc5;
const hashPrime = 0x01000193;
const hashedBytes = 128;

/**
 * Finds types by name without making a string of any: a chained hash table over the bytes of the names, in two typed
 * arrays. For the kernel's 126,573 types it is built in a few milliseconds.
 */
export class NameIndex {
  readonly #strings: StringTable;
  readonly #nameOffsets: Uint32Array;
  readonly #heads: Uint32Array;
  readonly #next: Uint32Array;

  /** `nameOffsets`: for each type the offset of its name in `strings`; 0 and offsets outside of the table are not indexed. */
  constructor(strings: StringTable, nameOffsets: Uint32Array) {
    const buckets = 2 ** Math.ceil(Math.log2(Math.max(16, nameOffsets.length)));
    this.#strings = strings;
    this.#nameOffsets = nameOffsets;
    this.#heads = new Uint32Array(buckets);
    this.#next = new Uint32Array(nameOffsets.length);
    // Backwards, so that each chain is ascending.
    for (let index = nameOffsets.length - 1; index >= 0; index--) {
      const offset = nameOffsets[index] ?? 0;
      if (offset === 0 || offset >= strings.bytes.length) continue;
      const bucket = hashAt(strings.bytes, offset) & (buckets - 1);
      this.#next[index] = this.#heads[bucket] ?? 0;
      this.#heads[bucket] = index + 1;
    }
  }

  /** Indices of the types of this name, ascending. */
  find(name: string): number[] {
    const bytes = encodeUtf8(`${name}\0`);
    const found: number[] = [];
    // Types of one name mostly share the string, which need not be compared again.
    let matched = -1;
    const bucket = hashAt(bytes, 0) & (this.#heads.length - 1);
    for (let entry = this.#heads[bucket] ?? 0; entry !== 0; entry = this.#next[entry - 1] ?? 0) {
      const offset = this.#nameOffsets[entry - 1] ?? 0;
      if (offset !== matched && !startsWith(this.#strings.bytes, offset, bytes)) continue;
      matched = offset;
      found.push(entry - 1);
    }
    return found;
  }
}

/** FNV-1a over the bytes up to the zero byte; what a very long name has after its first bytes does not count. */
function hashAt(bytes: Uint8Array, offset: number): number {
  let hash = hashSeed;
  const end = Math.min(bytes.length, offset + hashedBytes);
  for (let at = offset; at < end; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === 0) break;
    hash = Math.imul(hash ^ byte, hashPrime);
  }
  return hash ^ (hash >>> 15);
}

function startsWith(bytes: Uint8Array, offset: number, wanted: Uint8Array): boolean {
  for (let index = 0; index < wanted.length; index++) if (bytes[offset + index] !== wanted[index]) return false;
  return true;
}
