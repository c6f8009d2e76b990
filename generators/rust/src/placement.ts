import {
  arrange,
  type Container,
  declOf,
  type Leaf,
  type Piece,
  type StructDecl,
  type TypeId,
  type TypeRef,
  type UnionDecl,
} from "@lbc/core/layout";
import { rustAlign, type TypeContext } from "./spelling.ts";

/** What is placed: a struct, a union, or a section with variables as fields. */
export interface Placeable extends Container {
  readonly size: number;
  readonly align: number;
}

/** How Rust lays a type out: the argument of `repr`, its fields, and what has to be reached through accessors. */
export interface Placement {
  readonly repr: string;
  readonly pieces: readonly Piece[];
  /** In order of declaration; those that are fields of the Rust struct have a piece. */
  readonly leaves: readonly Leaf[];
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
  const { leaves, pieces } = arrange(context.layout, type, () => true);
  const repr = pieces === null || type.kind === "union" ? null : reprOf(context, pieces, type);
  if (pieces !== null && repr !== null) return { repr, pieces, leaves };
  const bytes: Piece[] = type.size === 0 ? [] : [{ kind: "bytes", offset: 0, size: type.size }];
  return { repr: type.align === 1 ? "C" : `C, align(${type.align})`, pieces: bytes, leaves };
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
