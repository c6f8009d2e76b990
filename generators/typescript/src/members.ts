import {
  type Bits,
  declOf,
  type EnumDecl,
  type Field,
  type Layout,
  resolveTypedefs,
  type StructDecl,
  type TypeId,
  type TypeRef,
  type UnionDecl,
  type Variable,
} from "@lbc/core/layout";

export type Composite = StructDecl | UnionDecl;

/** A member as JavaScript sees it: those of anonymous structs and unions stand in the type that contains them. */
export type Leaf = FieldLeaf | BitsLeaf;
export interface FieldLeaf extends Pick<Field, "type" | "size" | "flexible" | "special" | "doc"> {
  readonly kind: "field";
  readonly name: string;
  /** From the start of the outermost type, in bytes. */
  readonly offset: number;
  /** Whether it goes on to the end of its record: an array without a length does, and so does a struct that ends with one. */
  readonly reachesEnd: boolean;
}
export interface BitsLeaf {
  readonly kind: "bits";
  readonly name: string;
  readonly unitOffset: number;
  readonly bitOffset: number;
  readonly bits: Bits;
}

/** The named members of a struct or union, with offsets from its start. */
export function leaves(layout: Layout, decl: Composite): Leaf[] {
  const all = collect(layout, decl, 0);
  const follows = (leaf: FieldLeaf) => (other: Leaf) =>
    other !== leaf && (other.kind === "bits" ? other.bitOffset / 8 : other.offset) >= leaf.offset + leaf.size;
  return all.map((leaf) => {
    if (leaf.kind === "bits" || leaf.flexible) return leaf;
    const inner = compositeOf(layout, leaf.type);
    return { ...leaf, reachesEnd: inner !== undefined && isFlexible(layout, inner) && !all.some(follows(leaf)) };
  });
}

function collect(layout: Layout, decl: Composite, base: number): Leaf[] {
  return decl.members.flatMap((member): Leaf[] => {
    if (member.kind === "padding") return [];
    if (member.kind === "bits") {
      const { name, unit, bitOffset } = member;
      return name === null ? [] : [{ kind: "bits", name, unitOffset: base + unit.offset, bitOffset: 8 * base + bitOffset, bits: member }];
    }
    const offset = base + member.offset;
    if (member.name !== null) return [{ ...member, kind: "field", name: member.name, offset, reachesEnd: member.flexible }];
    const inner = compositeOf(layout, member.type);
    return inner === undefined ? [] : collect(layout, inner, offset);
  });
}

/** A variable of a data section, as a member of it. */
export function variableLeaf({ path, offset, size, type, doc }: Variable): FieldLeaf {
  return { kind: "field", name: path, offset, size, type, doc, flexible: false, special: null, reachesEnd: false };
}

/** Whether members share bytes, so that a plain object could not say which of them to write. */
export function sharesBytes(layout: Layout, decl: Composite): boolean {
  if (decl.kind === "union") return true;
  return decl.members.some((member) => {
    if (member.kind !== "field" || member.name !== null) return false;
    const inner = compositeOf(layout, member.type);
    return inner !== undefined && sharesBytes(layout, inner);
  });
}

/** Whether a value of it goes on to the end of its record. */
export function isFlexible(layout: Layout, decl: Composite): boolean {
  return leaves(layout, decl).some((leaf) => leaf.kind === "field" && leaf.reachesEnd);
}

/** The struct or union that a type is, seen through typedefs. */
function compositeOf(layout: Layout, type: TypeRef): Composite | undefined {
  const ref = resolveTypedefs(layout, type);
  if (ref.kind !== "named") return undefined;
  const decl = declOf(layout, ref);
  return decl.kind === "struct" || decl.kind === "union" ? decl : undefined;
}

/** The types to declare: typedefs are seen through, and what only lends its members to another type needs no name. */
export function declaredTypes(layout: Layout): (Composite | EnumDecl)[] {
  const lent = new Set<TypeId>();
  const used = new Set<TypeId>();
  const use = (ref: TypeRef | null, into = used): void => {
    if (ref?.kind === "array") use(ref.element, into);
    if (ref?.kind === "named") {
      const decl = declOf(layout, ref);
      if (decl.kind === "typedef") use(decl.type, into);
      else into.add(decl.id);
    }
  };
  for (const decl of layout.types) {
    if (decl.kind !== "struct" && decl.kind !== "union") continue;
    for (const member of decl.members) if (member.kind !== "padding") use(member.type, member.name === null ? lent : used);
  }
  for (const map of layout.maps) for (const ref of [map.key, map.value, map.event?.type ?? null]) use(ref);
  for (const section of layout.sections) for (const member of section.members) if (member.kind === "variable") use(member.type);
  return layout.types.filter((decl) => decl.kind !== "typedef").filter((decl) => used.has(decl.id) || !lent.has(decl.id));
}
