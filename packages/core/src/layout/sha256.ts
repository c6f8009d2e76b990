/** The first 32 bits of the fractional parts of a root of the first primes: the constants of FIPS 180-4, 4.2.2 and 5.3.3. */
function fractions(count: number, root: (prime: number) => number): Int32Array {
  const words = new Int32Array(count);
  for (let candidate = 2, found = 0; found < count; candidate++) {
    let prime = true;
    for (let divisor = 2; divisor * divisor <= candidate; divisor++) prime &&= candidate % divisor !== 0;
    if (prime) words[found++] = Math.floor((root(candidate) % 1) * 2 ** 32);
  }
  return words;
}

const roundConstants = fractions(64, Math.cbrt);
const initialState = fractions(8, Math.sqrt);
const blockBytes = 64;

const rotate = (word: number, by: number): number => (word >>> by) | (word << (32 - by));

function compress(state: Int32Array, schedule: Int32Array, view: DataView, start: number): void {
  for (let i = 0; i < 16; i++) schedule[i] = view.getInt32(start + i * 4);
  for (let i = 16; i < 64; i++) {
    const before = schedule[i - 15] as number;
    const last = schedule[i - 2] as number;
    const s0 = rotate(before, 7) ^ rotate(before, 18) ^ (before >>> 3);
    const s1 = rotate(last, 17) ^ rotate(last, 19) ^ (last >>> 10);
    schedule[i] = (schedule[i - 16] as number) + s0 + (schedule[i - 7] as number) + s1;
  }
  // The letters of the standard; single variables, since this loop decides how fast a large object is read.
  let a = state[0] as number;
  let b = state[1] as number;
  let c = state[2] as number;
  let d = state[3] as number;
  let e = state[4] as number;
  let f = state[5] as number;
  let g = state[6] as number;
  let h = state[7] as number;
  for (let i = 0; i < 64; i++) {
    const s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + (roundConstants[i] as number) + (schedule[i] as number)) | 0;
    const s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
    const t2 = s0 + ((a & b) ^ (a & c) ^ (b & c));
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  [a, b, c, d, e, f, g, h].forEach((word, i) => {
    state[i] = (state[i] as number) + word;
  });
}

/** The SHA-256 digest in lower-case hexadecimal digits; core has no dependency and runs in a browser. @see FIPS 180-4 */
export function sha256(bytes: Uint8Array): string {
  const state = initialState.slice();
  const schedule = new Int32Array(64);
  const whole = bytes.length - (bytes.length % blockBytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let start = 0; start < whole; start += blockBytes) compress(state, schedule, view, start);

  const rest = bytes.subarray(whole);
  const tail = new Uint8Array(rest.length < blockBytes - 8 ? blockBytes : 2 * blockBytes);
  tail.set(rest);
  tail[rest.length] = 0x80;
  const tailView = new DataView(tail.buffer);
  tailView.setBigUint64(tail.length - 8, BigInt(bytes.length) * 8n);
  for (let start = 0; start < tail.length; start += blockBytes) compress(state, schedule, tailView, start);

  return Array.from(state, (word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
}
