import { type Layout, leavesOf, type TypeId } from "@lbc/core/layout";
import { fieldNames, packageName } from "./names.ts";
import { nameTypes } from "./view.ts";

/** What the generated package calls itself and the types of a layout, for those who write code against it. */
export interface Spelling {
  readonly packageName: string;
  readonly types: ReadonlyMap<TypeId, string>;
  /** Members of each struct and union in order of declaration, with those of anonymous structs and unions in it. */
  readonly members: ReadonlyMap<TypeId, readonly string[]>;
}

export function spell(layout: Layout): Spelling {
  const { names } = nameTypes(layout);
  const inUse = [names.order, ...names.classes.values()];
  const members = layout.types.flatMap((decl): [TypeId, string[]][] => {
    if (decl.kind !== "struct" && decl.kind !== "union") return [];
    const wanted = leavesOf(layout, decl).map((leaf) => leaf.name);
    return [[decl.id, fieldNames(wanted, inUse)]];
  });
  return { packageName: packageName(layout.object.name), types: names.classes, members: new Map(members) };
}
