import type { DataSection, Layout, StructOpsLayout, Variable } from "@lbc/core/layout";
import { call, statement } from "./expressions.ts";
import { bytes, type ClassView, classHeader, gaps, views } from "./members.ts";
import { docText, literal } from "./strings.ts";
import type { TypeNames } from "./types.ts";

/** Sections that the skeleton offers: those that have a variable, and the plain members of struct_ops. */
export function ownSections(layout: Layout): DataSection[] {
  const sections = layout.sections.filter((section) => section.members.some((member) => member.kind === "variable"));
  return [...sections, ...layout.structOps.filter((ops) => ops.fields.length > 0).map(structOpsSection)];
}

/** What libbpf hands to the kernel as a struct_ops can be set before load, just as constants can. */
function structOpsSection(ops: StructOpsLayout): DataSection {
  const members = ops.fields.map((field): Variable => {
    return { ...field, kind: "variable", name: field.member, path: field.member, linkage: "global", doc: null };
  });
  return { name: ops.name, ident: ops.name, kind: "custom", size: ops.size, align: 8, write: "before-load", memoryMapped: true, members };
}

/** The class of a section; its attributes are the variables. */
export function sectionClass(names: TypeNames, className: string, section: DataSection): ClassView {
  const variables = section.members.filter((member): member is Variable => member.kind === "variable");
  const ranges = variables.map((variable): [number, number] => [variable.offset, variable.size]);
  const fields = views(
    names,
    variables.map((variable) => variable.path),
    (index) => {
      const { name, offset, size, type, doc } = variables[index] as Variable;
      return { kind: "field", name, offset, size, type, doc, aligned: true, flexible: false, special: null };
    },
  );
  return {
    header: classHeader(className, `${names.order}.Section`, section.size, gaps(ranges, section.size)),
    doc: docText(`\`\`${section.name}\`\`, ${bytes(section.size)}.`),
    fields,
  };
}

/** `self.rodata = bpf.section(Rodata, ".rodata", "before-load")`. Variables of an arena are in the memory of the arena map. */
export function sectionAttribute(layout: Layout, attribute: string, className: string, section: DataSection): string {
  const arena = section.kind === "arena" ? layout.maps.find((map) => map.access === "memory") : undefined;
  const args = [className, literal(arena?.name ?? section.name), literal(section.write)];
  return statement(8, `self.${attribute} = `, call("bpf.section", ...args));
}
