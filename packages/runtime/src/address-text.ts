import { endianness } from "node:os";

const littleEndian = endianness() === "LE";

/**
 * `10.0.0.1`. A number is a `__be32` as programs keep it: in network byte order in memory, read in the machine's. Bytes are in network
 * byte order. Throws RangeError for another length.
 */
export function ipv4Text(address: number | ArrayLike<number>): string {
  const bytes = typeof address === "number" ? wordBytes(address) : Array.from(address);
  if (bytes.length !== 4) throw new RangeError(`an IPv4 address has 4 bytes, not ${bytes.length}`);
  return bytes.join(".");
}

/**
 * `fe80::1`, and `::ffff:10.0.0.1` for an IPv4 address in one of IPv6. Takes 16 bytes, four `__be32` as in `struct in6_addr`, or an
 * `unsigned __int128`, as programs keep them. Throws RangeError for another length.
 * @see https://www.rfc-editor.org/rfc/rfc5952
 */
export function ipv6Text(address: bigint | ArrayLike<number>): string {
  const bytes = ipv6Bytes(address);
  const groups = Array.from({ length: 8 }, (_, index) => ((bytes[2 * index] ?? 0) << 8) | (bytes[2 * index + 1] ?? 0));
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) return `::ffff:${ipv4Text(bytes.slice(12))}`;
  const { start, length } = longestZeros(groups);
  const text = (part: readonly number[]): string => part.map((group) => group.toString(16)).join(":");
  return length < 2 ? text(groups) : `${text(groups.slice(0, start))}::${text(groups.slice(start + length))}`;
}

function ipv6Bytes(address: bigint | ArrayLike<number>): number[] {
  if (typeof address === "bigint") {
    const bytes = Array.from({ length: 16 }, (_, index) => Number((address >> BigInt(8 * index)) & 0xffn));
    return littleEndian ? bytes : bytes.reverse();
  }
  if (address.length === 16) return Array.from(address);
  if (address.length === 4) return Array.from(address).flatMap(wordBytes);
  throw new RangeError(`an IPv6 address has 16 bytes or 4 words, not ${address.length}`);
}

/** As they lie in memory. */
function wordBytes(word: number): number[] {
  const bytes = [word & 0xff, (word >>> 8) & 0xff, (word >>> 16) & 0xff, word >>> 24];
  return littleEndian ? bytes : bytes.reverse();
}

/** The first of the longest runs. */
function longestZeros(groups: readonly number[]): { readonly start: number; readonly length: number } {
  let longest = { start: 0, length: 0 };
  for (let start = 0; start < groups.length; start++) {
    const end = groups.findIndex((group, index) => index >= start && group !== 0);
    const length = (end === -1 ? groups.length : end) - start;
    if (length > longest.length) longest = { start, length };
  }
  return longest;
}
