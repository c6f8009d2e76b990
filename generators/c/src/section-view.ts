import { alignOf, type DataSection, type Layout, type Variable, variablesOf } from "@lbc/core/layout";
import { allocateNames } from "@lbc/emit";
import { type Assertion, paddingNames, placementAttributes } from "./declarations.ts";
import { cNames, commentLines, commentText, type FunctionNames } from "./names.ts";
import { placeStruct } from "./placement.ts";
import type { Spelling } from "./spelling.ts";

/** What the kind and the time of writing mean to a user. */
function sectionDoc(section: DataSection): string {
  const name = commentText(section.name);
  switch (section.write) {
    case "before-load":
      return `${name}: set before load, constant from then on.`;
    case "always":
      return `${name}: set before load; shared with the running programs after it (CLBC_READ, CLBC_WRITE).`;
    case "never":
      return `${name}: filled in at load, read-only.`;
  }
}

const hasVariables = (section: DataSection): boolean => variablesOf(section).length > 0;

/** Sections that a skeleton shows by field, with the member name of each. */
export function shownSections(layout: Layout, members: ReadonlyMap<DataSection, string>) {
  return layout.sections.flatMap((section) => (hasVariables(section) ? [{ section, member: members.get(section) ?? section.ident }] : []));
}

export function sectionViews(layout: Layout, members: ReadonlyMap<DataSection, string>, spelling: Spelling, functions: FunctionNames) {
  return shownSections(layout, members).map(({ section, member }) => {
    const variables = variablesOf(section);
    const align = Math.max(1, ...variables.map(({ type }) => alignOf(layout, type)));
    const placement = placeStruct(layout, variables, { size: section.size, align, openEnd: true });
    const names = allocateNames(
      variables.map(({ path }) => path),
      cNames,
    );
    const nameOf = new Map(variables.map((variable, index) => [variable, names[index] ?? ""]));
    const padding = paddingNames(new Set(names));
    const lines = placement.items.flatMap((item) => {
      if (item.kind === "pad-bits") throw new RangeError(`a variable of ${section.name} begins inside a byte`);
      if (item.kind === "pad-bytes") return [`unsigned char ${padding()}[${item.bytes}];`];
      const doc = item.member.doc === null ? [] : commentLines(item.member.doc);
      return [...doc, `${spelling.declare(item.member.type, nameOf.get(item.member) ?? "")};`];
    });
    const struct = functions.get("", member);
    return {
      member,
      struct,
      doc: sectionDoc(section),
      members: lines,
      attributes: placementAttributes(placement),
      assertions: variables.flatMap((variable) => assertionsOf(struct, nameOf.get(variable) ?? "", variable)),
    };
  });
}

function assertionsOf(struct: string, name: string, { offset, size }: Variable): Assertion[] {
  return [
    { condition: `offsetof(struct ${struct}, ${name}) == ${offset}`, message: `offset of ${name} in struct ${struct}` },
    { condition: `sizeof(((struct ${struct} *)0)->${name}) == ${size}`, message: `size of ${name} in struct ${struct}` },
  ];
}
