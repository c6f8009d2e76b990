/** Functions by where they begin, to be found by any address in them. */
export class AddressTable {
  /** Ascending. */
  readonly #starts: BigUint64Array;
  /** Of the function at each place, its number in the caller's own lists. */
  readonly #numbers: Uint32Array;

  /** Of functions that begin at the same address the first one counts. */
  constructor(starts: BigUint64Array) {
    const at = (number: number): bigint => starts[number] ?? 0n;
    // Lists come nearly sorted, which makes this fast; a stable sort keeps the first of equals first.
    const order = Array.from(starts, (_, number) => number).sort((a, b) => (at(a) < at(b) ? -1 : at(a) > at(b) ? 1 : 0));
    const distinct = order.filter((number, place) => place === 0 || at(number) !== at(order[place - 1] ?? 0));
    this.#numbers = Uint32Array.from(distinct);
    this.#starts = BigUint64Array.from(distinct, at);
  }

  /** The last function that begins at or before the address; undefined where none does. */
  find(address: bigint): { readonly number: number; readonly start: bigint } | undefined {
    let low = 0;
    let high = this.#starts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#starts[middle] ?? 0n) <= address) low = middle + 1;
      else high = middle;
    }
    const start = this.#starts[low - 1];
    return start === undefined ? undefined : { number: this.#numbers[low - 1] ?? 0, start };
  }
}
