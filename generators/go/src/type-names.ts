import {
  type DataSection,
  type EnumDecl,
  type Layout,
  resolveTypedefs,
  type StructDecl,
  type TypeDecl,
  type TypeId,
  type TypeRef,
  type UnionDecl,
} from "@lbc/core/layout";
import { packageNames } from "./names.ts";
import { reachable } from "./sections.ts";

export type Declared = StructDecl | UnionDecl | EnumDecl;

export interface SectionNames {
  /** What a loaded object shows: a struct of variables, or of constants. */
  readonly type: string;
  /** The values before load; of constants, the same as `type`. */
  readonly values: string;
  /** The option that sets them. */
  readonly option: string;
}

/** Everything in the package's scope, named before anything is printed. */
export interface Names {
  readonly sections: ReadonlyMap<DataSection, SectionNames>;
  readonly types: ReadonlyMap<TypeId, string>;
  /** The types that get a declaration, in the layout's order. */
  readonly declared: readonly Declared[];
  /** Constants of an enum, in its order. */
  readonly constants: ReadonlyMap<TypeId, readonly string[]>;
}

export function nameEverything(layout: Layout): Names {
  const sections = reachable(layout);
  const declared = declaredTypes(layout);
  const wanted = [...sections.flatMap(({ ident }) => [ident, `${ident}_values`, `with_${ident}`]), ...declared.map(({ path }) => path)];
  const given = packageNames(wanted);
  const typeNames = given.slice(3 * sections.length);
  const types = new Map(declared.map(({ id }, index) => [id, typeNames[index] ?? ""]));
  return {
    sections: new Map(
      sections.map((section, index) => {
        const [type = "", values = "", option = ""] = given.slice(3 * index);
        return [section, { type, values: section.write === "always" ? values : type, option }];
      }),
    ),
    types,
    declared,
    constants: nameConstants(declared, types, given),
  };
}

/** A constant begins with its type, because C's enumerators are short where Go's share the scope of the package. */
function nameConstants(
  declared: readonly Declared[],
  types: ReadonlyMap<TypeId, string>,
  taken: readonly string[],
): Map<TypeId, readonly string[]> {
  const enums = declared.filter((decl) => decl.kind === "enum");
  const wanted = enums.flatMap(({ id, values }) => values.map(({ name }) => `${types.get(id)}_${name}`));
  const given = packageNames(wanted, taken);
  const left = given.values();
  return new Map(enums.map(({ id, values }) => [id, [...left.take(values.length)]]));
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
