import { type Layout, leavesOf, type TypeId } from "@lbc/core/layout";
import { unitNames } from "./names.ts";
import { TypeNames } from "./type-names.ts";

/** What the generated header calls the types of a layout, for those who write code against it. */
export interface Spelling {
  /** As a type is written: `struct event`; null for types that have no name of their own. */
  readonly types: ReadonlyMap<TypeId, string | null>;
  /** Members of each struct and union in order of declaration, with those of anonymous structs and unions in it. */
  readonly members: ReadonlyMap<TypeId, readonly string[]>;
}

export function spell(layout: Layout): Spelling {
  const names = new TypeNames(layout, unitNames(layout.object.name), "user");
  return {
    types: new Map(layout.types.map(({ id }) => [id, names.type(id).spelling])),
    members: new Map(
      layout.types.map((decl) => {
        const leaves = decl.kind === "struct" || decl.kind === "union" ? leavesOf(layout, decl) : [];
        return [decl.id, leaves.map(({ member }) => names.member(decl.id, member))];
      }),
    ),
  };
}
