import {
  type BitsLeaf,
  type FieldLeaf as CoreFieldLeaf,
  compositeOf,
  type Layout,
  leavesOf,
  type StructDecl,
  type StructOpsLayout,
  type UnionDecl,
  type Variable,
} from "@lbc/core/layout";

export type Composite = StructDecl | UnionDecl;

/** A member as JavaScript sees it: those of anonymous structs and unions stand in the type that contains them. */
export type Leaf = FieldLeaf | BitsLeaf;
export interface FieldLeaf extends Pick<CoreFieldLeaf, "kind" | "name" | "offset" | "size" | "type" | "doc"> {
  readonly member: Pick<CoreFieldLeaf["member"], "flexible" | "special">;
  /** Whether it goes on to the end of its record: an array without a length does, and so does a struct that ends with one. */
  readonly reachesEnd: boolean;
}

/** The named members of a struct or union, with offsets from its start. */
export function leaves(layout: Layout, decl: Composite): Leaf[] {
  const all = leavesOf(layout, decl);
  const endOf = (leaf: CoreFieldLeaf | BitsLeaf): number => leaf.offset + leaf.size;
  return all.map((leaf) => {
    if (leaf.kind === "bits") return leaf;
    const inner = compositeOf(layout, leaf.type);
    const isLast = !all.some((other) => other !== leaf && other.offset >= endOf(leaf));
    return { ...leaf, reachesEnd: leaf.member.flexible || (inner !== null && isFlexible(layout, inner) && isLast) };
  });
}

/** A variable of a data section, as a member of it. */
export function variableLeaf({ path, offset, size, type, doc }: Variable): FieldLeaf {
  return { kind: "field", name: path, offset, size, type, doc, member: { flexible: false, special: null }, reachesEnd: false };
}

/** A member of kernel operations that is data. */
export function structOpsLeaf({ member, offset, size, type }: StructOpsLayout["fields"][number]): FieldLeaf {
  return { kind: "field", name: member, offset, size, type, doc: null, member: { flexible: false, special: null }, reachesEnd: false };
}

/** Whether members share bytes, so that a plain object could not say which of them to write. */
export function sharesBytes(layout: Layout, decl: Composite): boolean {
  if (decl.kind === "union") return true;
  return decl.members.some((member) => {
    if (member.kind !== "field" || member.name !== null) return false;
    const inner = compositeOf(layout, member.type);
    return inner !== null && sharesBytes(layout, inner);
  });
}

/** Whether a value of it goes on to the end of its record. */
export function isFlexible(layout: Layout, decl: Composite): boolean {
  return leaves(layout, decl).some((leaf) => leaf.kind === "field" && leaf.reachesEnd);
}
