const hashSeed = 0x811c9dc5;
const hashPrime = 0x01000193;

/** Gives equal names one offset. Most producers write each string once, but none has to. */
export class NameTable {
  readonly #bytes: Uint8Array;
  /** A hash table with open addressing, of offsets; 0, where no name begins, is empty. */
  readonly #slots: Uint32Array;
  /** From the offset of a name to that of an equal one that was added before. */
  readonly #twins = new Map<number, number>();

  /** `capacity`: how many names at most will be added. */
  constructor(bytes: Uint8Array, capacity: number) {
    this.#bytes = bytes;
    this.#slots = new Uint32Array(2 ** Math.ceil(Math.log2(Math.max(16, capacity * 2))));
  }

  /** Adds the zero-terminated name at an offset. */
  add(offset: number): void {
    let hash = hashSeed;
    for (let at = offset; ; at++) {
      const byte = this.#bytes[at] ?? 0;
      if (byte === 0) break;
      hash = Math.imul(hash ^ byte, hashPrime);
    }
    const mask = this.#slots.length - 1;
    for (let slot = (hash ^ (hash >>> 15)) & mask; ; slot = (slot + 1) & mask) {
      const other = this.#slots[slot] ?? 0;
      if (other === 0) this.#slots[slot] = offset;
      if (other === 0 || other === offset) return;
      if (!this.#equal(other, offset)) continue;
      this.#twins.set(offset, other);
      return;
    }
  }

  /** The offset that stands for all names that equal an added one. */
  canonical(offset: number): number {
    return this.#twins.size === 0 ? offset : (this.#twins.get(offset) ?? offset);
  }

  /** Whether a name of these ASCII characters was added. */
  has(text: string): boolean {
    let hash = hashSeed;
    for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), hashPrime);
    const mask = this.#slots.length - 1;
    for (let slot = (hash ^ (hash >>> 15)) & mask; ; slot = (slot + 1) & mask) {
      const offset = this.#slots[slot] ?? 0;
      if (offset === 0) return false;
      if (this.#spells(offset, text)) return true;
    }
  }

  #equal(first: number, second: number): boolean {
    for (let index = 0; ; index++) {
      const byte = this.#bytes[first + index] ?? 0;
      if (byte !== (this.#bytes[second + index] ?? 0)) return false;
      if (byte === 0) return true;
    }
  }

  #spells(offset: number, text: string): boolean {
    for (let index = 0; index < text.length; index++) if (this.#bytes[offset + index] !== text.charCodeAt(index)) return false;
    return (this.#bytes[offset + text.length] ?? 0) === 0;
  }
}
