import {
  type EnumDecl,
  type Layout,
  resolveTypedefs,
  type StructDecl,
  type TypeDecl,
  type TypeId,
  type TypeRef,
  type UnionDecl,
} from "@lbc/core/layout";
import { allocateNames } from "@lbc/emit";
import { typeNames } from "./names.ts";
import { reachable } from "./sections.ts";

export type Declared = StructDecl | UnionDecl | EnumDecl;

/** Every type of the generated file, named before anything is printed. */
export interface TypeNames {
  /** The loaded skeleton and the open one. */
  readonly skeleton: string;
  readonly open: string;
  /** By the name of the section. */
  readonly sections: ReadonlyMap<string, string>;
  readonly types: ReadonlyMap<TypeId, string>;
  /** The types that get a declaration, in the layout's order. */
  readonly declared: readonly Declared[];
}

export function nameTypes(layout: Layout): TypeNames {
  const [skeleton = ""] = allocateNames([layout.object.name], typeNames);
  const sections = reachable(layout);
  const [open = "", ...sectionIds] = allocateNames([`open_${layout.object.name}`, ...sections.map(({ ident }) => ident)], typeNames, [
    skeleton,
  ]);
  const declared = declaredTypes(layout);
  const ids = allocateNames(
    declared.map(({ path }) => path),
    typeNames,
    [skeleton, open, ...sectionIds],
  );
  return {
    skeleton,
    open,
    sections: new Map(sections.map(({ name }, index) => [name, sectionIds[index] ?? ""])),
    types: new Map(declared.map(({ id }, index) => [id, ids[index] ?? ""])),
    declared,
  };
}

/** All but typedefs, which are seen through, and anonymous types whose members stand in the outer struct. */
function declaredTypes(layout: Layout): Declared[] {
  const spelled = new Set<TypeId>();
  const inlined = new Set<TypeId>();
  const mark = (ref: TypeRef, into: Set<TypeId>): void => {
    const resolved = resolveTypedefs(layout, ref);
    if (resolved.kind === "array") mark(resolved.element, spelled);
    else if (resolved.kind === "named") into.add(resolved.id);
  };
  for (const decl of layout.types) {
    if (decl.kind === "typedef") mark(decl.type, spelled);
    else if (decl.kind !== "enum") {
      for (const member of decl.members) {
        if (member.kind === "bits") mark(member.type, spelled);
        else if (member.kind === "field") mark(member.type, member.name === null ? inlined : spelled);
      }
    }
  }
  const isDeclared = (decl: TypeDecl): decl is Declared =>
    decl.kind !== "typedef" && (decl.name !== null || spelled.has(decl.id) || !inlined.has(decl.id));
  return layout.types.filter(isDeclared);
}
