import type { Leaf, Piece } from "@lbc/core/layout";
import { allocateNames } from "@lbc/emit";
import { constantNames, fieldNames, methodNames, methodStem } from "./names.ts";
import type { Placement } from "./placement.ts";

/** The names inside of one struct. */
export interface StructNames {
  /** Field or getter. */
  readonly read: ReadonlyMap<Leaf, string>;
  /** Setter; only of what is no field. */
  readonly write: ReadonlyMap<Leaf, string>;
  /** What reads a flexible array from a record. */
  readonly tails: ReadonlyMap<Leaf, string>;
  /** The constant that says where a bit-field is. */
  readonly constants: ReadonlyMap<Leaf, string>;
  /** Padding and bytes. */
  readonly rest: ReadonlyMap<Piece, string>;
}

/**
 * Names for fields, getters, setters, padding and bytes of one struct, in one scope: Rust would keep fields and methods
 * apart, a reader would not.
 */
export function nameMembers(placement: Placement): StructNames {
  const fields = new Set<Leaf>(placement.pieces.flatMap((piece) => (piece.kind === "field" ? [piece.leaf] : [])));
  const inStruct = placement.leaves.filter((leaf) => fields.has(leaf));
  const behind = placement.leaves.filter((leaf) => !fields.has(leaf));
  const fieldIds = allocateNames(
    inStruct.map(({ name }) => name),
    fieldNames,
  );
  const getters = allocateNames(
    behind.map(({ name }) => methodStem(name)),
    methodNames,
    fieldIds,
  );
  const setters = allocateNames(
    behind.map(({ name }) => `set_${name}`),
    methodNames,
    [...fieldIds, ...getters],
  );
  const flexible = placement.leaves.filter((leaf) => leaf.kind === "field" && leaf.member.flexible);
  const tails = allocateNames(
    flexible.map(({ name }) => `${methodStem(name)}_in`),
    methodNames,
    [...fieldIds, ...getters, ...setters],
  );
  const pieces = placement.pieces.filter((piece) => piece.kind !== "field");
  const rest = allocateNames(
    pieces.map((piece) => (placement.pieces.length === 1 ? "bytes" : `${piece.kind}_${piece.offset}`)),
    fieldNames,
    [...fieldIds, ...getters, ...setters, ...tails],
  );
  const bits = behind.filter((leaf) => leaf.kind === "bits");
  // a name without letters, such as `_1`, is the same in upper case
  const constants = allocateNames(
    bits.map((leaf) => getters[behind.indexOf(leaf)]?.replace(/^r#/, "") ?? ""),
    constantNames,
    [...getters, ...setters],
  );
  const pairs = <Key>(keys: readonly Key[], names: readonly string[]): [Key, string][] =>
    keys.map((key, index) => [key, names[index] ?? ""]);
  return {
    read: new Map([...pairs(inStruct, fieldIds), ...pairs(behind, getters)]),
    write: new Map(pairs(behind, setters)),
    tails: new Map(pairs(flexible, tails)),
    constants: new Map(pairs(bits, constants)),
    rest: new Map(pairs(pieces, rest)),
  };
}
