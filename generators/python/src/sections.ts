import { type DataSection, type Layout, type StructOpsLayout, type Variable, variablesOf } from "@lbc/core/layout";
import { assignment, call } from "./expressions.ts";
import { bytes, type ClassView, classHeader, gaps, views } from "./members.ts";
import { docText, literal } from "./strings.ts";
import type { TypeNames } from "./types.ts";

/** Sections that the skeleton offers: those that have a variable, and the plain members of struct_ops. */
export function ownSections(layout: Layout): DataSection[] {
  const sections = layout.sections.filter((section) => variablesOf(section).length > 0);
  return [...sections, ...layout.structOps.filter((ops) => ops.fields.length > 0).map(structOpsSection)];
}

/** What libbpf hands to the kernel as a struct_ops can be set before load, just as constants can. */
function structOpsSection(ops: StructOpsLayout): DataSection {
  const members = ops.fields.map((field): Variable => {
    return { ...field, kind: "variable", name: field.member, path: field.member, linkage: "global", doc: null };
  });
  return { name: ops.name, ident: ops.name, kind: "custom", size: ops.size, align: 8, write: "before-load", memoryMapped: true, members };
}

/** A variable is neither the kernel's own nor of a length that its record decides. */
const plain = { flexible: false, special: null };

/** The class of a section; its attributes are the variables. */
export function sectionClass(names: TypeNames, className: string, section: DataSection): ClassView {
  const variables = variablesOf(section);
  const ranges = variables.map(({ offset, size }): [number, number] => [offset, size]);
  const leaves = variables.map(({ path, offset, type, doc }) => ({ kind: "field" as const, name: path, offset, type, doc, member: plain }));
  return {
    header: classHeader(className, `${names.order}.Section`, section.size, gaps(ranges, section.size)),
    doc: docText(`\`\`${section.name}\`\`, ${bytes(section.size)}.`),
    fields: views(names, leaves),
  };
}

/** `self.rodata = bpf.section(Rodata, ".rodata", "before-load")`. Variables of an arena are in the memory of the arena map. */
export function sectionAttribute(layout: Layout, attribute: string, className: string, section: DataSection): string {
  const arena = section.kind === "arena" ? layout.maps.find((map) => map.access === "memory") : undefined;
  const args = [className, literal(arena?.name ?? section.name), literal(section.write)];
  return assignment(8, `self.${attribute}`, { call: call("bpf.section", ...args) });
}
