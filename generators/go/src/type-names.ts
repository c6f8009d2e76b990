import { type DataSection, type Declared, declaredTypes, type Layout, type TypeId } from "@lbc/core/layout";
import { packageNames } from "./names.ts";
import { reachable } from "./sections.ts";

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
