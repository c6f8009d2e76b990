import {
  arrange,
  assertNever,
  type Container,
  declOf,
  type FieldLeaf,
  type Leaf,
  type Piece,
  resolveTypedefs,
  type StructDecl,
  type TypeId,
  type TypeRef,
  type UnionDecl,
} from "@lbc/core/layout";
import type { TypeContext } from "./spelling.ts";

/** What is placed: a struct, a union, or a section with variables as fields. */
export interface Placeable extends Container {
  readonly size: number;
}

/** How Go lays a type out. */
export interface Placement {
  readonly pieces: readonly Piece[];
  /** In order of declaration; those that are fields of the Go struct have a piece. */
  readonly leaves: readonly Leaf[];
  /** In bytes, of the Go struct. */
  readonly align: number;
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

/**
 * Go puts a field where its alignment wants it, rounds a struct's size up to the largest one, and adds a byte behind a last field of
 * size zero. Members for which that gives another place than C's become bytes with accessors.
 */
export function place(context: TypeContext, type: Placeable): Placement {
  const isNative = ({ type: ref, offset, size }: FieldLeaf): boolean => {
    const align = goAlign(context, ref);
    return size > 0 && offset % align === 0 && type.size % align === 0;
  };
  const arranged = arrange(context.layout, type, isNative);
  const pieces = arranged.pieces ?? (type.size === 0 ? [] : [{ kind: "bytes" as const, offset: 0, size: type.size }]);
  const align = Math.max(1, ...pieces.map((piece) => (piece.kind === "field" ? goAlign(context, piece.leaf.type) : 1)));
  return { pieces, leaves: arranged.leaves, align };
}

/** Alignment in bytes of the Go type, on 64-bit machines. */
function goAlign(context: TypeContext, ref: TypeRef): number {
  const type = resolveTypedefs(context.layout, ref);
  switch (type.kind) {
    case "int":
      return Math.min(type.bytes, 8);
    case "float":
      return type.bytes === 4 || type.bytes === 8 ? type.bytes : 1;
    case "pointer":
      return 8;
    case "array":
      return type.text ? 1 : goAlign(context, type.element);
    case "named": {
      const decl = declOf(context.layout, type);
      if (decl.kind === "enum") return decl.bytes;
      return decl.kind === "typedef" ? goAlign(context, decl.type) : placementOf(context, decl).align;
    }
    default:
      return assertNever(type);
  }
}
