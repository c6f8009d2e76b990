import { alignOf, type Bits, type Field, type Layout, resolveTypedefs, sizeOf, type TypeRef } from "@lbc/core/layout";

/** What stands in a struct, in order: members, and the padding without which C's rules would put them elsewhere. */
export type Item<M> =
  | { readonly kind: "member"; readonly member: M }
  | { readonly kind: "pad-bytes"; readonly bytes: number }
  | { readonly kind: "pad-bits"; readonly bits: number };

export interface Placement<M> {
  readonly items: readonly Item<M>[];
  readonly packed: boolean;
  /** N of `aligned(N)`, or null where the members give the alignment. */
  readonly aligned: number | null;
}

/** A member with a place: fields and bit-fields of types, and the variables of a section. */
export type Placed = Bits | (Pick<Field, "offset" | "type" | "size"> & { readonly kind: "field" | "variable" });

interface Target {
  readonly size: number;
  readonly align: number;
  /** A section's struct need not end where the section does. */
  readonly openEnd: boolean;
}

const alignUp = (value: number, to: number): number => Math.ceil(value / to) * to;

const startOf = (member: Placed): number => (member.kind === "bits" ? member.bitOffset : member.offset * 8);
const bitsOf = (member: Placed): number => (member.kind === "bits" ? member.bitSize : member.size * 8);

/**
 * Where C puts a member that follows after `position` bits: at the next multiple of its alignment; a bit-field at once, unless it would
 * cross a boundary of its type. In a packed struct everything follows at once, bit-fields to the bit.
 * @see System V ABI, "Aggregates and Unions" and "Bit-Fields"
 */
function naturalStart(layout: Layout, member: Placed, position: number, packed: boolean): number {
  if (member.kind !== "bits") return alignUp(position, packed ? 8 : alignOf(layout, member.type) * 8);
  const unit = sizeOf(layout, member.type) * 8;
  return packed || (position % unit) + member.bitSize <= unit ? position : alignUp(position, unit);
}

function padding<M>(from: number, to: number): Item<M>[] {
  const items: Item<M>[] = [];
  const firstByte = Math.min(to, alignUp(from, 8));
  if (firstByte > from) items.push({ kind: "pad-bits", bits: firstByte - from });
  const bytes = Math.floor((to - firstByte) / 8);
  if (bytes > 0) items.push({ kind: "pad-bytes", bytes });
  const rest = to - firstByte - bytes * 8;
  if (rest > 0) items.push({ kind: "pad-bits", bits: rest });
  return items;
}

/** The struct by C's own rules with padding where needed, or null where they cannot give it. */
function placeMembers<M extends Placed>(layout: Layout, members: readonly M[], target: Target, packed: boolean): Placement<M> | null {
  const items: Item<M>[] = [];
  let position = 0;
  let align = 1;
  for (const member of members) {
    const start = startOf(member);
    if (start < position) return null;
    if (naturalStart(layout, member, position, packed) !== start) {
      items.push(...padding<M>(position, start));
      if (naturalStart(layout, member, start, packed) !== start) return null;
    }
    items.push({ kind: "member", member });
    position = start + bitsOf(member);
    if (!packed) align = Math.max(align, alignOf(layout, member.type));
  }
  if (target.openEnd) return { items, packed, aligned: null };
  if (align > target.align) return null;
  const end = alignUp(position, target.align * 8);
  if (end > target.size * 8) return null;
  if (end < target.size * 8) items.push(...padding<M>(position, target.size * 8));
  return { items, packed, aligned: align < target.align ? target.align : null };
}

/** How a struct is declared so that every member stands where the object has it. */
export function placeStruct<M extends Placed>(
  layout: Layout,
  members: readonly M[],
  target: { readonly size: number; readonly align: number; readonly openEnd?: boolean },
): Placement<M> {
  const wanted: Target = { openEnd: false, ...target };
  const placement = placeMembers(layout, members, wanted, false) ?? placeMembers(layout, members, wanted, true);
  if (placement === null) throw new RangeError("members overlap, or end after their struct");
  return placement;
}

/** How a union is declared: all of its members stand at its start. */
export function placeUnion<M extends Placed>(
  layout: Layout,
  members: readonly M[],
  target: { readonly size: number; readonly align: number },
): Placement<M> {
  const items: Item<M>[] = members.map((member) => ({ kind: "member", member }));
  const natural = Math.max(1, ...members.map((member) => alignOf(layout, member.type)));
  const packed = natural > target.align;
  const largest = Math.max(0, ...members.map((member) => Math.ceil(bitsOf(member) / 8)));
  if (alignUp(largest, target.align) < target.size) items.push({ kind: "pad-bytes", bytes: target.size });
  return { items, packed, aligned: (packed ? 1 : natural) < target.align ? target.align : null };
}

/** Whether a bit-field has to be spelled with `int`: gcc warns of one-byte types that cross a byte in a packed struct. */
export function needsWideType(layout: Layout, bits: Bits, packed: boolean): boolean {
  const type = resolveTypedefs(layout, bits.type);
  if (packed && sizeOf(layout, bits.type) === 1 && (bits.bitOffset % 8) + bits.bitSize > 8) return true;
  return type.kind === "named" && !enumFits(layout, type, bits.bitSize);
}

/** g++ warns of a bit-field that is too small for the values of its enum. */
function enumFits(layout: Layout, ref: TypeRef & { kind: "named" }, bits: number): boolean {
  const decl = layout.types[ref.id];
  if (decl?.kind !== "enum") return true;
  const [low, high] = decl.signed ? [-(1n << BigInt(bits - 1)), (1n << BigInt(bits - 1)) - 1n] : [0n, (1n << BigInt(bits)) - 1n];
  return decl.values.every(({ value }) => BigInt(value) >= low && BigInt(value) <= high);
}
