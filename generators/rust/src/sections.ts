import { type DataSection, type Layout, sectionStruct, variablesOf } from "@lbc/core/layout";
import { allocateNames } from "@lbc/emit";
import { call, chain, type Expression, generic, type Link, member, method, prefixed } from "./expressions.ts";
import { methodNames, methodStem } from "./names.ts";
import { place } from "./placement.ts";
import { docLines, inherent, signature, stringLiteral, tupleStruct, value } from "./rustfmt.ts";
import { rustAlign, rustType, type TypeContext } from "./spelling.ts";
import { StructPrinter } from "./structs.ts";

const step = "    ";

/**
 * Sections with variables. Those of an arena are not among them: only libbpf's C skeletons are told where libbpf puts them, at the start or
 * at the end of the arena, so that the arena is handed out as a map.
 */
export const reachable = (layout: Layout): DataSection[] =>
  layout.sections.filter((section) => section.kind !== "arena" && variablesOf(section).length > 0);

/** One section in the skeleton: a type, and methods of the open and of the loaded object. */
export interface SectionView {
  readonly items: readonly string[];
  /** Methods, each a finished block. */
  readonly open: readonly string[];
  readonly loaded: readonly string[];
}

/** What changes only before load is a struct; what the kernel may change at any time is read variable by variable. */
export function sectionView(context: TypeContext, section: DataSection, type: string, accessor: string): SectionView {
  return section.write === "always" ? liveView(context, section, type, accessor) : constantView(context, section, type, accessor);
}

function constantView(context: TypeContext, section: DataSection, type: string, accessor: string): SectionView {
  const placeable = sectionStruct(section, alignOfVariables(context, section));
  const doc = docLines("", `The constants of \`${section.name}\`.`);
  const items = new StructPrinter(context, type, doc, place(context, placeable)).print(placeable.size, placeable.align);
  const name = stringLiteral(section.name);
  const set = block(
    `The constants of \`${section.name}\`, to be set before load.`,
    `pub fn ${accessor}_mut`,
    "&mut self",
    prefixed("&mut ", type),
    onObject(method("section_mut", name)),
  );
  const get = block(
    `The constants of \`${section.name}\`.`,
    `pub fn ${accessor}`,
    "&self",
    prefixed("&", type),
    onObject(method("section", name)),
  );
  return { items, open: section.write === "before-load" ? [set] : [], loaded: [get] };
}

/** In bytes, as Rust aligns a struct of the variables. */
const alignOfVariables = (context: TypeContext, section: DataSection): number =>
  variablesOf(section).reduce((most, { type }) => Math.max(most, rustAlign(context, type)), 1);

function liveView(context: TypeContext, section: DataSection, type: string, accessor: string): SectionView {
  const variables = variablesOf(section);
  const names = allocateNames(
    variables.map(({ path }) => methodStem(path)),
    methodNames,
  );
  const methods = variables.map((variable, index) => {
    const head = signature(step, `pub fn ${names[index]}`, ["&self"], generic("rlbc::Global", "'obj", rustType(context, variable.type)));
    return [...docLines(step, variable.doc), head, `${step}${step}self.0.at(${variable.offset})`, `${step}}`].join("\n");
  });
  const struct = [
    ...docLines("", `The variables of \`${section.name}\`, shared with the programs.`),
    "#[derive(Clone, Copy, Debug)]",
    tupleStruct(`${type}<'obj>`, "rlbc::Globals<'obj>"),
  ].join("\n");
  const body = call(type, onObject(method("globals", stringLiteral(section.name))));
  const access = (doc: string): string => block(doc, `pub fn ${accessor}`, "&self", generic(type, "'_"), body);
  return {
    items: [struct, [inherent(`${type}<'obj>`, "<'obj>"), methods.join("\n\n"), "}"].join("\n")],
    open: [access(`The variables of \`${section.name}\`, with their first values.`)],
    loaded: [
      access(
        `The variables of \`${section.name}\`, live${section.memoryMapped ? "" : "; not mapped into memory: each access is a system call"}.`,
      ),
    ],
  };
}

/** A method of one expression. */
export function block(doc: string, head: string, self: string, result: Expression, body: Expression): string {
  return [...docLines(step, doc), signature(step, head, [self], result), value(step + step, body), `${step}}`].join("\n");
}

/** A method's call of a method of `self.object`. */
export const onObject = (call: Link): Expression => chain("self", member("object"), call);
