import type { Layout, TypeId } from "@lbc/core/layout";
import { packageName } from "./names.ts";
import { placementOf } from "./placement.ts";
import { nameMembers } from "./struct-names.ts";
import { nameEverything } from "./type-names.ts";

/** What the generated package calls itself and the types of a layout, for those who write code against it. */
export interface Spelling {
  readonly packageName: string;
  readonly types: ReadonlyMap<TypeId, string>;
  /** Members of each struct and union in order of declaration, with those of anonymous structs and unions in it. */
  readonly members: ReadonlyMap<TypeId, readonly MemberSpelling[]>;
}
export interface MemberSpelling {
  /** The field, or the method that reads. */
  readonly read: string;
  /** The method that writes; null where the member is a field, or has no bytes. */
  readonly write: string | null;
  readonly isField: boolean;
}

export function spell(layout: Layout): Spelling {
  const { types, declared } = nameEverything(layout);
  const context = { layout, names: types };
  const members = declared.flatMap((decl): [TypeId, MemberSpelling[]][] => {
    if (decl.kind === "enum") return [];
    const { leaves, pieces } = placementOf(context, decl);
    const { read, write } = nameMembers({ leaves, pieces });
    const isField = (leaf: unknown): boolean => pieces.some((piece) => piece.kind === "field" && piece.leaf === leaf);
    return [[decl.id, leaves.map((leaf) => ({ read: read.get(leaf) ?? "", write: write.get(leaf) ?? null, isField: isField(leaf) }))]];
  });
  return { packageName: packageName(layout.object.name), types, members: new Map(members) };
}
