import {
  assertNever,
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
import type { TypeContext } from "./spelling.ts";

/** What is placed: a struct, a union, or a section with variables as fields. */
export interface Placeable {
  readonly kind: "struct" | "union";
  readonly size: number;
  readonly members: readonly Member[];
}

/** A member with the name that the user sees, offsets counted from the start of the outermost struct. */
export type Leaf = FieldLeaf | BitsLeaf;
export interface FieldLeaf {
  readonly kind: "field";
  readonly name: string;
  readonly offset: number;
  readonly size: number;
  readonly type: TypeRef;
  readonly flexible: boolean;
  readonly doc: string | null;
}
export interface BitsLeaf {
  readonly kind: "bits";
  readonly name: string;
  /** Of the unit. */
  readonly offset: number;
  readonly size: number;
  readonly bits: Bits;
  readonly doc: string | null;
}

/** What lies in memory, in ascending order and without gaps; `bytes` are reached through accessors. */
export type Piece =
  | { readonly kind: "field"; readonly leaf: FieldLeaf; readonly offset: number; readonly size: number }
  | { readonly kind: "padding" | "bytes"; readonly offset: number; readonly size: number };

/** How Go lays a type out. */
export interface Placement {
  readonly pieces: readonly Piece[];
  /** In order of declaration; those that are fields of the Go struct have a piece. */
  readonly leaves: readonly Leaf[];
  /** In bytes, of the Go struct. */
  readonly align: number;
}

interface Range {
  readonly offset: number;
  readonly size: number;
}

/** Everything that is found on the way through a struct, its anonymous members included. */
class Collected {
  readonly leaves: Leaf[] = [];
  /** Leaves that lie in no union: they may be fields in Go. */
  readonly plain: FieldLeaf[] = [];
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
    const range: Range = { offset: base + bits.unit.offset, size: bits.unit.bytes };
    if (!inUnion) this.storage.push(range);
    if (bits.name !== null) this.leaves.push({ kind: "bits", name: bits.name, ...range, bits, doc: bits.doc });
  }

  #field(field: Field, base: number, inUnion: boolean): void {
    const offset = base + field.offset;
    if (field.name === null) {
      this.#anonymous(field, offset, inUnion);
      return;
    }
    const { name, size, type, flexible, doc } = field;
    const leaf: FieldLeaf = { kind: "field", name, offset, size, type, flexible, doc };
    this.leaves.push(leaf);
    if (!inUnion) this.plain.push(leaf);
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

/**
 * Go puts a field where its alignment wants it, rounds a struct's size up to the largest one, and adds a byte behind a last field of
 * size zero. Members for which that gives another place than C's become bytes with accessors.
 */
export function place(context: TypeContext, type: Placeable): Placement {
  const found = new Collected(context);
  found.members(type.members, 0, type.kind === "union");
  const isNative = ({ type: ref, offset, size }: FieldLeaf): boolean => {
    const align = goAlign(context, ref);
    return size > 0 && offset % align === 0 && type.size % align === 0;
  };
  const native = type.kind === "union" ? [] : found.plain.filter(isNative);
  const rest = found.plain.filter((leaf) => !native.includes(leaf));
  const pieces = join(native, found.paddings, [...found.storage, ...rest], type.size);
  const align = Math.max(1, ...(pieces ?? []).map((piece) => (piece.kind === "field" ? goAlign(context, piece.leaf.type) : 1)));
  return { pieces: pieces ?? (type.size === 0 ? [] : [{ kind: "bytes", offset: 0, size: type.size }]), leaves: found.leaves, align };
}

/** null where the parts overlap or leave a gap, which no Go struct does. */
function join(native: readonly FieldLeaf[], paddings: readonly Range[], storage: readonly Range[], size: number): Piece[] | null {
  const pieces: Piece[] = [
    ...native.map((leaf) => ({ kind: "field" as const, leaf, offset: leaf.offset, size: leaf.size })),
    ...paddings.map((range) => ({ kind: "padding" as const, ...range })),
    ...merged(storage).map((range) => ({ kind: "bytes" as const, ...range })),
  ];
  pieces.sort((a, b) => a.offset - b.offset);
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
      if (range.size > 0) result.push({ offset: range.offset, size: range.size });
      continue;
    }
    result[result.length - 1] = { offset: last.offset, size: Math.max(last.size, range.offset + range.size - last.offset) };
  }
  return result;
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
