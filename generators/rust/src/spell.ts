import type { Layout, TypeId } from "@lbc/core/layout";
import { placementOf } from "./placement.ts";
import { nameMembers } from "./struct-names.ts";
import { nameTypes } from "./type-names.ts";

/** What the generated crate calls the types of a layout, for those who write code against it. */
export interface Spelling {
  readonly types: ReadonlyMap<TypeId, string>;
  /** Members of each struct and union in order of declaration, with those of anonymous structs and unions in it. */
  readonly members: ReadonlyMap<TypeId, readonly MemberSpelling[]>;
}
export interface MemberSpelling {
  /** The field, or the method that reads. */
  readonly read: string;
  /** The method that writes; null where the member is a field. */
  readonly write: string | null;
}

export function spell(layout: Layout): Spelling {
  const { types, declared } = nameTypes(layout);
  const context = { layout, names: types };
  const members = declared.flatMap((decl): [TypeId, MemberSpelling[]][] => {
    if (decl.kind === "enum") return [];
    const placement = placementOf(context, decl);
    const { read, write } = nameMembers(placement);
    return [[decl.id, placement.leaves.map((leaf) => ({ read: read.get(leaf) ?? "", write: write.get(leaf) ?? null }))]];
  });
  return { types, members: new Map(members) };
}
