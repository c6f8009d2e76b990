import type { Leaf } from "./leaf.ts";
import { Random } from "./random.ts";

/** One value of a type: what its leaves hold, and which of them hold it where unions overlap. */
export interface Vector {
  /** As testees print it; null for leaves of union members that are not chosen, which then hold other members' bytes. */
  readonly values: readonly (string | null)[];
  /** The initializer of a C variable with its `=`; nothing where no leaf is chosen: clang 19 crashes on some empty ones. */
  readonly initializer: string;
}

/** How the bits of a leaf are chosen. */
const patterns = ["zeros", "ones", "walking", "random"] as const;
type Pattern = (typeof patterns)[number];

/** Vectors for a type; `count` of them walk through the patterns and through the members of every union. */
export function vectorsOf(leaves: readonly Leaf[], count: number, seed: number): Vector[] {
  return Array.from({ length: count }, (_, index) => {
    const random = new Random(seed * 31 + index);
    const pattern = patterns[Math.min(index, patterns.length - 1)] ?? "random";
    return vectorOf(leaves, pattern, index, random);
  });
}

function vectorOf(leaves: readonly Leaf[], pattern: Pattern, turn: number, random: Random): Vector {
  const chosen = new Map<string, number>();
  const isChosen = ({ arms }: Leaf): boolean =>
    arms.every(({ union, member, members }) => {
      if (!chosen.has(union)) chosen.set(union, (turn + random.below(2)) % members);
      return chosen.get(union) === member;
    });
  const parts: string[] = [];
  const values = leaves.map((leaf, index) => {
    if (!isChosen(leaf) || (leaf.scalar.kind === "bytes" && !leaf.scalar.initializable)) return null;
    const { value, initializer } = chooseValue(leaf, pattern, index, random);
    parts.push(`${leaf.path} = ${initializer}`);
    return value;
  });
  return { values, initializer: parts.length === 0 ? "" : ` = { ${parts.join(", ")} }` };
}

interface Value {
  readonly value: string;
  readonly initializer: string;
}

function chooseValue(leaf: Leaf, pattern: Pattern, index: number, random: Random): Value {
  const { scalar, bitSize } = leaf;
  switch (scalar.kind) {
    case "text":
      return textOf(bitSize / 8, pattern, random);
    case "bytes": {
      const bytes = Array.from({ length: bitSize / 8 }, () => Number(bitsOf(8, pattern, index, random)));
      return { value: Buffer.from(bytes).toString("hex"), initializer: `{ ${bytes.join(", ")} }` };
    }
    case "float":
      return floatOf(bitSize / 8, pattern, random);
    case "bool": {
      const bit = bitsOf(1, pattern, index, random);
      return { value: `${bit}`, initializer: `${bit}` };
    }
    case "pointer": {
      const address = bitsOf(64, pattern, index, random);
      return { value: `${address}`, initializer: `(void *)${literal(address)}` };
    }
    default: {
      const bits = bitsOf(bitSize, pattern, index, random);
      const value = scalar.signed ? BigInt.asIntN(bitSize, bits) : bits;
      return { value: `${value}`, initializer: literal(BigInt.asUintN(128, value)) };
    }
  }
}

function bitsOf(size: number, pattern: Pattern, index: number, random: Random): bigint {
  const ones = (1n << BigInt(size)) - 1n;
  switch (pattern) {
    case "zeros":
      return 0n;
    case "ones":
      return ones;
    case "walking":
      return 1n << BigInt(index % size);
    case "random":
      return random.bits(size);
  }
}

/** Conversion to a narrower signed type takes the low bits, in clang as in gcc. */
function literal(bits: bigint): string {
  const low = `0x${BigInt.asUintN(64, bits).toString(16)}ULL`;
  const high = bits >> 64n;
  return high === 0n ? low : `((unsigned __int128)0x${high.toString(16)}ULL << 64 | ${low})`;
}

/** Printable, so that every language's text type holds it; it fills its array where the pattern asks for ones. */
function textOf(length: number, pattern: Pattern, random: Random): Value {
  const size = pattern === "zeros" ? 0 : pattern === "ones" ? length : random.below(length + 1);
  const text = Array.from({ length: size }, () => letters.charAt(random.below(letters.length))).join("");
  return { value: Buffer.from(text).toString("hex"), initializer: JSON.stringify(text) };
}
const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 ._-/";

/** Finite: not every language keeps the bits of what is no number. */
function floatOf(bytes: number, pattern: Pattern, random: Random): Value {
  const exact = pattern === "zeros" ? 0 : pattern === "ones" ? -1 : (Number(random.bits(53)) - 2 ** 52) * 2 ** (random.below(60) - 80);
  const view = new DataView(new ArrayBuffer(bytes));
  if (bytes === 4) view.setFloat32(0, exact);
  else view.setFloat64(0, exact);
  const stored = bytes === 4 ? view.getFloat32(0) : exact;
  return { value: Buffer.from(view.buffer).toString("hex"), initializer: `${stored}` };
}
