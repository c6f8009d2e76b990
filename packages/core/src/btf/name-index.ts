import { encodeUtf8 } from "../bytes/index.ts";
import type { BtfTables } from "./tables.ts";

const hashSeed = 0x811c9dc5;
const hashPrime = 0x01000193;
const hashedBytes = 128;

/** A hash table of the kernel's names takes as long as a few dozen lookups without one. */
const lookupsWithoutTable = 24;
/** Bytes of a name that are looked at first. */
const keyBytes = 4;

/**
 * Finds types by name without making a string of any; names in the string table of a base are not seen. The first lookups go through
 * the first four bytes of each name, since loading a program asks for a handful of the kernel's 126,573 types; whoever asks more often
 * gets a hash table.
 */
export class NameIndex {
  readonly #named: BtfTables;
  #table: NameTable | null = null;
  #lookups = 0;

  constructor(named: BtfTables) {
    this.#named = named;
  }

  /** Indices of the types of this name, ascending. */
  find(name: string): number[] {
    const wanted = encodeUtf8(`${name}\0`);
    if (this.#table === null && wanted.length >= keyBytes && this.#lookups++ < lookupsWithoutTable) return this.startingWith(wanted);
    this.#table ??= new NameTable(this.#named);
    return this.#table.find(wanted);
  }

  /** Indices of the types whose names begin with these bytes, four or more, ascending; a zero byte is the end of a name. */
  startingWith(wanted: Uint8Array): number[] {
    const { words, records, strings, firstString, keys } = this.#named;
    const found: number[] = [];
    const key = keyAt(wanted, 0);
    for (let index = keys.indexOf(key); index >= 0; index = keys.indexOf(key, index + 1)) {
      const offset = words[records[index] ?? 0] ?? 0;
      if (offset >= firstString && startsWith(strings.bytes, offset - firstString, wanted)) found.push(index);
    }
    return found;
  }
}

function keyAt(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset + at, keyBytes).getUint32(0, true);
}

/** A chained hash table over the bytes of the names, in two typed arrays. */
class NameTable {
  readonly #named: BtfTables;
  readonly #heads: Uint32Array;
  readonly #next: Uint32Array;

  constructor(named: BtfTables) {
    const { words, records, strings, firstString } = named;
    const buckets = 2 ** Math.ceil(Math.log2(Math.max(16, records.length)));
    this.#named = named;
    this.#heads = new Uint32Array(buckets);
    this.#next = new Uint32Array(records.length);
    // Backwards, so that each chain is ascending.
    for (let index = records.length - 1; index >= 0; index--) {
      const offset = (words[records[index] ?? 0] ?? 0) - firstString;
      if (offset <= 0 || offset >= strings.bytes.length) continue;
      const bucket = hashAt(strings.bytes, offset) & (buckets - 1);
      this.#next[index] = this.#heads[bucket] ?? 0;
      this.#heads[bucket] = index + 1;
    }
  }

  /** `wanted` is the name with the zero byte behind it. */
  find(wanted: Uint8Array): number[] {
    const { words, records, strings, firstString } = this.#named;
    const found: number[] = [];
    // Types of one name mostly share the string, which need not be compared again.
    let matched = -1;
    const bucket = hashAt(wanted, 0) & (this.#heads.length - 1);
    for (let entry = this.#heads[bucket] ?? 0; entry !== 0; entry = this.#next[entry - 1] ?? 0) {
      const offset = (words[records[entry - 1] ?? 0] ?? 0) - firstString;
      if (offset !== matched && !startsWith(strings.bytes, offset, wanted)) continue;
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
  // From the end: names that are near each other begin alike.
  for (let index = wanted.length - 1; index >= 0; index--) if (bytes[offset + index] !== wanted[index]) return false;
  return true;
}
