import { bitsType, readBitsExpression, writeBitsExpression } from "./bit-fields.ts";
import type { Leaf } from "./members.ts";
import type { Scope } from "./scope.ts";
import { type Place, readExpression, shifted, typeText, writeExpression } from "./values.ts";

/** A member with its JavaScript name. */
export interface NamedLeaf {
  readonly property: string;
  readonly leaf: Leaf;
}

/** Where codecs find a value: in a buffer of the caller, of which they give copies. */
export const inBuffer: Place = { view: "view", offset: "offset", live: false, depth: 0, field: null };
/** Where accessors find it: in the memory that they stand for. */
export const inMemory: Place = { view: "this.$view", offset: "this.$offset", live: true, depth: 0, field: null };

export function leafType(scope: Scope, leaf: Leaf): string {
  return leaf.kind === "bits" ? bitsType(scope, leaf.member) : typeText(scope, leaf.type);
}

/** An expression that reads a member of what lies at `from`. */
export function readLeaf(scope: Scope, leaf: Leaf, from: Place): string {
  const at = { ...shifted(from, leaf.offset), field: leaf.name };
  if (leaf.kind === "bits") return readBitsExpression(scope, leaf.member, at);
  if (!leaf.reachesEnd) return readExpression(scope, leaf.type, at);
  const held = from.live ? `${from.view}.byteLength - ${from.offset}` : "bytes";
  return readExpression(scope, leaf.type, at, leaf.offset === 0 ? held : `${held} - ${leaf.offset}`);
}

/** A statement that writes a member. */
export function writeLeaf(scope: Scope, leaf: Leaf, value: string, to: Place): string {
  const at = { ...shifted(to, leaf.offset), field: leaf.name };
  const write =
    leaf.kind === "bits"
      ? writeBitsExpression(scope, leaf.member, value, at)
      : writeExpression(scope, leaf.type, value, at, leaf.member.flexible);
  return `${write};`;
}

/** The layout that generated code states of itself: `size: 8, align: 8, fields: …` as lines of an object. */
export function fieldTable(members: readonly NamedLeaf[]): string {
  if (members.length === 0) return "{}";
  const lines = members.map(({ property, leaf }) => {
    const at =
      leaf.kind === "bits"
        ? `{ bitOffset: ${leaf.bitOffset}, bitSize: ${leaf.member.bitSize} }`
        : `{ offset: ${leaf.offset}, size: ${leaf.size} }`;
    return `  ${property}: ${at},`;
  });
  return ["{", ...lines, "}"].join("\n");
}
