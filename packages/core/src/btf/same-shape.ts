import type { Btf, BtfId, BtfType } from "./types.ts";

/** A type in a BTF. */
export interface TypeAt {
  readonly btf: Btf;
  readonly id: BtfId;
}

/**
 * Where two types that are held by value differ, as a path such as `addr.port[]`: empty where they do as a whole, null where they are laid
 * out alike under the same names of members. Names of types do not count, and what a pointer points to does not.
 */
export function difference(one: TypeAt, other: TypeAt): string | null {
  return new Comparison(one.btf, other.btf).differs(one.id, other.id, "");
}

class Comparison {
  readonly #one: Btf;
  readonly #other: Btf;
  /** Pairs that are compared once: damaged types may hold themselves. */
  readonly #seen = new Set<string>();

  constructor(one: Btf, other: Btf) {
    this.#one = one;
    this.#other = other;
  }

  differs(one: BtfId, other: BtfId, path: string): string | null {
    const pair = `${one} ${other}`;
    if (this.#seen.has(pair)) return null;
    this.#seen.add(pair);
    const [a, b] = [this.#one.resolve(one), this.#other.resolve(other)];
    if ((a.kind === "struct" || a.kind === "union") && a.kind === b.kind) {
      if (a.members.length !== b.members.length) return path;
      for (const [index, { name, bitOffset, bitSize, type }] of a.members.entries()) {
        const member = b.members[index];
        if (member === undefined) return path;
        const inside = [path, name].filter((part) => part !== "").join(".");
        if (name !== member.name || bitOffset !== member.bitOffset || bitSize !== member.bitSize) return inside;
        const found = this.differs(type, member.type, inside);
        if (found !== null) return found;
      }
      return a.size === b.size ? null : path;
    }
    if (a.kind === "array" && b.kind === "array") return a.length === b.length ? this.differs(a.element, b.element, `${path}[]`) : path;
    return scalar(a) === scalar(b) ? null : path;
  }
}

/** What tells two types apart that hold no others. */
function scalar(type: BtfType): string {
  switch (type.kind) {
    case "int":
      return `int ${type.size} ${type.signed} ${type.bool} ${type.bits} ${type.bitOffset} ${type.name === "char"}`;
    case "enum":
      return `enum ${type.size} ${type.signed} ${type.values.map(({ name, value }) => `${name}=${value}`).join()}`;
    case "float":
      return `float ${type.size}`;
    default:
      return type.kind;
  }
}
