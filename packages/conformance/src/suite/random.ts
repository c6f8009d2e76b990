/** A generator of pseudo-random numbers whose sequence depends on its seed only. @see https://prng.di.unimi.it/splitmix64.c */
export class Random {
  #state: bigint;

  constructor(seed: number) {
    this.#state = BigInt.asUintN(64, BigInt(seed));
  }

  /** A number of `size` bits. */
  bits(size: number): bigint {
    let value = 0n;
    for (let have = 0; have < size; have += 64) value = (value << 64n) | this.#next();
    return BigInt.asUintN(size, value);
  }

  /** A whole number from 0 to `limit` - 1. */
  below(limit: number): number {
    return Number(this.#next() % BigInt(limit));
  }

  #next(): bigint {
    this.#state = BigInt.asUintN(64, this.#state + 0x9e3779b97f4a7c15n);
    let mixed = this.#state;
    mixed = BigInt.asUintN(64, (mixed ^ (mixed >> 30n)) * 0xbf58476d1ce4e5b9n);
    mixed = BigInt.asUintN(64, (mixed ^ (mixed >> 27n)) * 0x94d049bb133111ebn);
    return mixed ^ (mixed >> 31n);
  }
}
