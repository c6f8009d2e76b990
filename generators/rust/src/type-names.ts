import { type Declared, declaredTypes, type Layout, type TypeId } from "@lbc/core/layout";
import { allocateNames } from "@lbc/emit";
import { typeNames } from "./names.ts";
import { reachable } from "./sections.ts";

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
