import { type DataSection, type Layout, sectionStruct, variablesOf } from "@lbc/core/layout";
import { commentLines } from "./doc-comment.ts";
import { alignRows, stringLiteral } from "./gofmt.ts";
import { fieldNames } from "./names.ts";
import { place } from "./placement.ts";
import { goType, type TypeContext } from "./spelling.ts";
import { type StructView, structView } from "./structs.ts";

/**
 * Sections with variables. cilium/ebpf maps every one into memory, also those of static variables only; it has no arena variables, so that
 * an arena is handed out as a map.
 */
export const reachable = (layout: Layout): DataSection[] =>
  layout.sections.filter((section) => section.kind !== "arena" && variablesOf(section).length > 0);

/** The values of a section as one struct: before load, and of constants for good. */
export function constantsStruct(context: TypeContext, section: DataSection, name: string): StructView {
  const doc = commentLines("", `${name} has the values in ${section.name}.`);
  const placeable = sectionStruct(section, 8);
  return structView(context, name, doc, place(context, placeable), placeable.size);
}

/** What the program may change at any time is read and written variable by variable. */
export function liveSection(
  context: TypeContext,
  section: DataSection,
  name: string,
  field: string,
): { readonly item: string; readonly init: readonly string[] } {
  const variables = variablesOf(section);
  const names = fieldNames(variables.map(({ path }) => path));
  const rows = variables.flatMap((variable, index) => [
    ...commentLines("\t", variable.doc),
    [names[index] ?? "", `golbc.Var[${goType(context, variable.type)}]`] as const,
  ]);
  const doc = commentLines("", `${name} has the variables in ${section.name}, shared with the programs.`);
  return {
    item: [...doc, `type ${name} struct {`, ...alignRows("\t", rows), "}"].join("\n"),
    init: variables.map(
      (variable, index) =>
        `\tskel.${field}.${names[index]} = golbc.NewVar[${goType(context, variable.type)}](object, ${stringLiteral(section.name)}, ${variable.offset})`,
    ),
  };
}
