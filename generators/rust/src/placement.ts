import {
  type Bits,
  declOf,
  type Field,
  type Member,
  resolveTypedefs,
  type StructDecl,
  type TypeId,
  type TypeRef,
  type UnionDecl,
} from "@lbc/core/layout";
import { rustAlign, type TypeContext } from "./spelling.ts";

/** What is placed: a struct, a union, or a section with variables as fields. */
export interface Placeable {
  readonly kind: "struct" | "union";
  readonly size: number;
  readonly align: number;
  readonly members: readonly Member[];
}

/** A member with the name that the user sees, offsets counted from the start of the outermost struct. */
export type Leaf =
  | {
      readonly kind: "field";
      readonly name: string;
      readonly offset: number;
      readonly size: number;
      readonly type: TypeRef;
      readonly doc: string | null;
    }
  | { readonly kind: "bits"; readonly name: string; readonly bits: Bits; readonly offset: number; readonly doc: string | null };

/** What lies in memory, in ascending order and without gaps. */
export type Piece =
  | { readonly kind: "field"; readonly leaf: Leaf & { kind: "field" }; readonly offset: number; readonly size: number }
  | { readonly kind: "padding" | "bytes"; readonly offset: number; readonly size: number };

/** How Rust lays a type out: the argument of `repr`, its fields, and what has to be reached through accessors. */
export interface Placement {
  readonly repr: string;
  readonly pieces: readonly Piece[];
  /** In order of declaration; those that are fields of the Rust struct have a piece. */
  readonly leaves: readonly Leaf[];
}

interface Range {
  readonly offset: number;
  readonly size: number;
}

/** Everything that is found on the way through a struct, its anonymous members included. */
class Collected {
  readonly leaves: Leaf[] = [];
  /** Leaves that may be Rust fields: neither bits nor inside of a union. */
  readonly native = new Set<Leaf>();
  readonly paddings: Range[] = [];
  readonly storage: Range[] = [];
  readonly #context: TypeContext;

  constructor(context: TypeContext) {
    this.#context = context;
  }

  members(members: readonly Member[], base: number, inUnion: boolean): void {
    for (const member of members) {
      if (member.kind === "bits") this.#bits(member, base, inUnion);
      else if (member.kind === "field") this.#field(member, base, inUnion);
      else if (!inUnion) this.paddings.push({ offset: base + member.offset, size: member.size });
    }
  }

  #bits(bits: Bits, base: number, inUnion: boolean): void {
    const offset = base + bits.unit.offset;
    if (!inUnion) this.storage.push({ offset, size: bits.unit.bytes });
    if (bits.name !== null) this.leaves.push({ kind: "bits", name: bits.name, bits, offset, doc: bits.doc });
  }

  #field(field: Field, base: number, inUnion: boolean): void {
    const offset = base + field.offset;
    if (field.name === null) {
      this.#anonymous(field, offset, inUnion);
      return;
    }
    const { name, size, type, doc } = field;
    const leaf: Leaf = { kind: "field", name, offset, size, type, doc };
    this.leaves.push(leaf);
    if (!inUnion) this.native.add(leaf);
  }

  /** The members of an anonymous struct or union are reached as if they stood in the outer one. */
  #anonymous(field: Field, offset: number, inUnion: boolean): void {
    const type = resolveTypedefs(this.#context.layout, field.type);
    if (type.kind !== "named") return;
    const decl = declOf(this.#context.layout, type);
    if (decl.kind !== "struct" && decl.kind !== "union") return;
    const intoUnion = decl.kind === "union";
    if (intoUnion && !inUnion) this.storage.push({ offset, size: field.size });
    this.members(decl.members, offset, inUnion || intoUnion);
  }
}

const placements = new WeakMap<TypeContext, Map<TypeId, Placement>>();

/** The placement of a declared type, decided once. */
export function placementOf(context: TypeContext, decl: StructDecl | UnionDecl): Placement {
  const known = placements.get(context) ?? new Map<TypeId, Placement>();
  placements.set(context, known);
  const placement = known.get(decl.id) ?? place(context, decl);
  known.set(decl.id, placement);
  return placement;
}

/** Decides how Rust can hold a type: as a struct of its own rules, as a packed one, or as bytes with accessors. */
export function place(context: TypeContext, type: Placeable): Placement {
  const found = new Collected(context);
  found.members(type.members, 0, type.kind === "union");
  const native = piecesOf(found, type.size);
  const repr = native === null || type.kind === "union" ? null : reprOf(context, native, type);
  if (native !== null && repr !== null) return { repr, pieces: native, leaves: found.leaves };
  const pieces: Piece[] = type.size === 0 ? [] : [{ kind: "bytes", offset: 0, size: type.size }];
  return { repr: type.align === 1 ? "C" : `C, align(${type.align})`, pieces, leaves: found.leaves };
}

/** null where the parts overlap or leave a gap, which no Rust struct does. */
function piecesOf(found: Collected, size: number): Piece[] | null {
  const fields = found.leaves.filter((leaf) => leaf.kind === "field").filter((leaf) => found.native.has(leaf));
  const pieces: Piece[] = [
    ...fields.map((leaf) => ({ kind: "field" as const, leaf, offset: leaf.offset, size: leaf.size })),
    ...found.paddings.map((range) => ({ kind: "padding" as const, ...range })),
    ...merged(found.storage).map((range) => ({ kind: "bytes" as const, ...range })),
  ];
  pieces.sort((a, b) => a.offset - b.offset || a.size - b.size);
  let end = 0;
  for (const piece of pieces) {
    if (piece.offset !== end) return null;
    end += piece.size;
  }
  return end === size ? pieces : null;
}

/** Ranges that overlap or touch become one; bit-fields share bytes. */
function merged(ranges: readonly Range[]): Range[] {
  const result: Range[] = [];
  for (const range of [...ranges].sort((a, b) => a.offset - b.offset)) {
    const last = result.at(-1);
    if (last === undefined || range.offset > last.offset + last.size) {
      if (range.size > 0) result.push(range);
      continue;
    }
    result[result.length - 1] = { offset: last.offset, size: Math.max(last.size, range.offset + range.size - last.offset) };
  }
  return result;
}

/** The argument of `repr` under which Rust puts every piece where it has to be; null where there is none. */
function reprOf(context: TypeContext, pieces: readonly Piece[], type: Placeable): string | null {
  const aligns = pieces.map((piece) => (piece.kind === "field" ? rustAlign(context, piece.leaf.type) : 1));
  const largest = Math.max(1, ...aligns);
  const fits = (limit: number): boolean =>
    type.size % Math.min(limit, largest) === 0 && pieces.every((piece, index) => piece.offset % Math.min(limit, aligns[index] ?? 1) === 0);
  if (fits(largest) && largest === type.align) return "C";
  if (fits(largest) && largest < type.align && type.size % type.align === 0) return `C, align(${type.align})`;
  const packable = pieces.every((piece) => piece.kind !== "field" || !isOverAligned(context, piece.leaf.type));
  if (!packable || largest <= type.align || !fits(type.align)) return null;
  return type.align === 1 ? "C, packed" : `C, packed(${type.align})`;
}

/** Whether `repr(align)` is in a type at any depth: Rust refuses such members in packed structs. */
function isOverAligned(context: TypeContext, ref: TypeRef): boolean {
  if (ref.kind === "array") return !ref.text && isOverAligned(context, ref.element);
  if (ref.kind !== "named") return false;
  const decl = declOf(context.layout, ref);
  if (decl.kind === "typedef") return isOverAligned(context, decl.type);
  if (decl.kind === "enum") return false;
  const { repr, pieces } = placementOf(context, decl);
  return repr.includes("align(") || pieces.some((piece) => piece.kind === "field" && isOverAligned(context, piece.leaf.type));
}
