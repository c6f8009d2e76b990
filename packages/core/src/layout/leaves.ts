import { declOf, resolveTypedefs } from "./query.ts";
import type { Bits, Field, Layout, Member, StructDecl, TypeRef, UnionDecl } from "./types.ts";

/** What has members: a struct, a union, or a data section as a struct. */
export interface Container {
  readonly kind: "struct" | "union";
  readonly members: readonly Member[];
}

/**
 * A named member as C reaches it: those of anonymous structs and unions stand in the type that contains them, with offsets from its
 * start.
 */
export type Leaf = FieldLeaf | BitsLeaf;
interface Reached {
  readonly name: string;
  /** In bytes; of a bit-field, where its unit begins. */
  readonly offset: number;
  /** In bytes; of a bit-field, the size of its unit. */
  readonly size: number;
  /** Whether it lies in a union, so that it shares its bytes with others. */
  readonly inUnion: boolean;
  readonly doc: string | null;
}
export interface FieldLeaf extends Reached {
  readonly kind: "field";
  /** As the type that declares it has it. */
  readonly member: Field;
  readonly type: TypeRef;
}
export interface BitsLeaf extends Reached {
  readonly kind: "bits";
  readonly member: Bits;
  /** First bit as BTF counts. */
  readonly bitOffset: number;
}

/** The leaves of a struct or union, in order of declaration. */
export function leavesOf(layout: Pick<Layout, "types">, container: Container): Leaf[] {
  return collect(layout, container).leaves;
}

/** The struct or union that a type is, seen through typedefs; null for all else. */
export function compositeOf(layout: Pick<Layout, "types">, ref: TypeRef): StructDecl | UnionDecl | null {
  const type = resolveTypedefs(layout, ref);
  const decl = type.kind === "named" ? declOf(layout, type) : null;
  return decl?.kind === "struct" || decl?.kind === "union" ? decl : null;
}

interface ByteRange {
  readonly offset: number;
  readonly size: number;
}

/** What lies in memory, in ascending order and without gaps; `bytes` hold what is reached by accessors. */
export type Piece =
  | ({ readonly kind: "field"; readonly leaf: FieldLeaf } & ByteRange)
  | ({ readonly kind: "padding" | "bytes" } & ByteRange);

/** A type for a language without bit-fields and anonymous unions. */
export interface Arrangement {
  /** In order of declaration; those that the language places by itself have a piece. */
  readonly leaves: readonly Leaf[];
  /** Null where they would overlap, as shared bytes may with fields in a damaged type. */
  readonly pieces: readonly Piece[] | null;
}

/** `isNative` tells which fields the language can place by itself; those in a union never are. */
export function arrange(
  layout: Pick<Layout, "types">,
  container: Container & { readonly size: number },
  isNative: (leaf: FieldLeaf) => boolean,
): Arrangement {
  const { leaves, paddings, shared } = collect(layout, container);
  const native: FieldLeaf[] = [];
  const bytes: ByteRange[] = container.kind === "union" ? [{ offset: 0, size: container.size }] : [...shared];
  for (const leaf of leaves) if (leaf.kind === "field" && !leaf.inUnion) (isNative(leaf) ? native : bytes).push(leaf);
  const pieces: Piece[] = [
    ...native.map((leaf) => ({ kind: "field" as const, leaf, offset: leaf.offset, size: leaf.size })),
    ...paddings.map((range) => ({ kind: "padding" as const, ...range })),
    ...merged(bytes).map((range) => ({ kind: "bytes" as const, ...range })),
  ];
  pieces.sort((a, b) => a.offset - b.offset || a.size - b.size);
  return { leaves, pieces: isGapless(pieces, container.size) ? pieces : null };
}

function isGapless(pieces: readonly Piece[], size: number): boolean {
  let end = 0;
  for (const piece of pieces) {
    if (piece.offset !== end) return false;
    end += piece.size;
  }
  return end === size;
}

/** Ranges that overlap or touch become one: bit-fields share bytes. */
function merged(ranges: readonly ByteRange[]): ByteRange[] {
  const result: ByteRange[] = [];
  for (const { offset, size } of ranges.toSorted((a, b) => a.offset - b.offset)) {
    const last = result.at(-1);
    if (last !== undefined && offset <= last.offset + last.size) {
      result[result.length - 1] = { offset: last.offset, size: Math.max(last.size, offset + size - last.offset) };
    } else if (size > 0) result.push({ offset, size });
  }
  return result;
}

/** Everything that is found on the way through a type, its anonymous members included. */
interface Found {
  readonly leaves: Leaf[];
  /** Gaps that no member of a union covers. */
  readonly paddings: ByteRange[];
  /** The bytes of bit-fields and of anonymous unions. */
  readonly shared: ByteRange[];
}

function collect(layout: Pick<Layout, "types">, container: Container): Found {
  const found: Found = { leaves: [], paddings: [], shared: [] };
  visit(layout, container, 0, false, found);
  return found;
}

function visit(layout: Pick<Layout, "types">, { kind, members }: Container, base: number, within: boolean, found: Found): void {
  const inUnion = within || kind === "union";
  for (const member of members) {
    if (member.kind === "padding") {
      if (!inUnion) found.paddings.push({ offset: base + member.offset, size: member.size });
    } else if (member.kind === "bits") visitBits(member, base, inUnion, found);
    else visitField(layout, member, base + member.offset, inUnion, found);
  }
}

function visitBits(member: Bits, base: number, inUnion: boolean, found: Found): void {
  const { name, unit, doc } = member;
  const range: ByteRange = { offset: base + unit.offset, size: unit.bytes };
  if (!inUnion) found.shared.push(range);
  if (name === null) return;
  found.leaves.push({ kind: "bits", name, ...range, inUnion, doc, member, bitOffset: 8 * base + member.bitOffset });
}

function visitField(layout: Pick<Layout, "types">, member: Field, offset: number, inUnion: boolean, found: Found): void {
  const { name, size, type, doc } = member;
  if (name !== null) {
    found.leaves.push({ kind: "field", name, offset, size, type, inUnion, doc, member });
    return;
  }
  const inner = compositeOf(layout, type);
  if (inner === null) return;
  if (inner.kind === "union" && !inUnion) found.shared.push({ offset, size });
  visit(layout, inner, offset, inUnion, found);
}
