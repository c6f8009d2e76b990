import { describeMap, type Layout } from "@lbc/core/layout";
import { type EmitOptions, provenance } from "@lbc/emit";
import { commentLines } from "./doc-comment.ts";
import { enumItems } from "./enums.ts";
import { alignRows, type Row, stringLiteral } from "./gofmt.ts";
import { mapView } from "./maps.ts";
import { fieldNames, fileStem, packageName, sectionNames } from "./names.ts";
import { placementOf } from "./placement.ts";
import { programView } from "./programs.ts";
import { constantsStruct, liveSection } from "./sections.ts";
import type { TypeContext } from "./spelling.ts";
import { structView } from "./structs.ts";
import { type Names, nameEverything } from "./type-names.ts";

/** Maps or programs: the struct that holds them, and the one that holds them before load. */
interface Group {
  readonly fields: readonly string[];
  readonly specFields: readonly string[];
  readonly specInit: readonly string[];
}

/** All that the templates show, as finished strings. */
export interface PackageView {
  readonly header: readonly string[];
  readonly name: string;
  readonly fileStem: string;
  readonly objectFile: string;
  readonly source: string;
  /** The golbc.Description. */
  readonly description: string;
  readonly skeletonFields: readonly string[];
  readonly init: readonly string[];
  readonly maps: Group | null;
  readonly programs: Group | null;
  /** Options of the sections. */
  readonly options: readonly { readonly name: string; readonly type: string; readonly section: string; readonly literal: string }[];
  /** Live sections. */
  readonly sections: readonly string[];
  /** Types with what belongs to them. */
  readonly types: readonly string[];
  readonly typeImports: readonly string[];
  readonly proof: readonly string[];
}

export function packageView(layout: Layout, options: EmitOptions): PackageView {
  const names = nameEverything(layout);
  const context: TypeContext = { layout, names: names.types };
  const sections = sectionsView(context, names);
  const maps = mapsView(context, layout);
  const programs = programsView(layout);
  const stem = fileStem(layout.object.name);
  const structOps = structOpsView(layout);
  const rows: Row[] = [
    ...(maps === null ? [] : [["Maps", "Maps"] as const]),
    ...(programs === null ? [] : [["Progs", "Programs"] as const]),
    ...(structOps === null ? [] : [["StructOps", "StructOps"] as const]),
    ...sections.fields,
  ];
  return {
    // Go's tools know generated files by these two words.
    header: provenance(layout, options).flatMap((line) => commentLines("", line.replace(/^Generated /, "Code generated "))),
    name: packageName(layout.object.name),
    fileStem: stem,
    objectFile: `${stem}.bpf`,
    source: options.source.replace(/\s+/g, " "),
    description: description(layout),
    skeletonFields: alignRows("\t", rows),
    init: [...(maps?.init ?? []), ...(programs?.init ?? []), ...(structOps?.init ?? []), ...sections.init],
    maps,
    programs,
    options: sections.options,
    sections: [...sections.live, ...(structOps === null ? [] : [structOps.item])],
    ...typesView(context, names, sections.constants),
  };
}

function description(layout: Layout): string {
  const list = (field: string, names: readonly string[]): string[] =>
    names.length === 0 ? [] : [`${field}: []string{${names.map(stringLiteral).join(", ")}}`];
  const manual = layout.programs.filter(({ autoload }) => !autoload).map(({ name }) => name);
  const fallback = layout.maps.filter((map) => map.fallback !== null).map(({ name }) => name);
  const fields = [
    `Name: ${stringLiteral(layout.object.name)}`,
    "Object: objectFile",
    ...list("Manual", manual),
    ...list("PerfFallback", fallback),
  ];
  return `golbc.Description{${fields.join(", ")}}`;
}

function typesView(context: TypeContext, names: Names, constants: readonly ReturnType<typeof constantsStruct>[]) {
  const items: string[] = constants.flatMap((struct) => struct.items);
  const proof: string[] = constants.flatMap((struct) => struct.proof);
  for (const decl of names.declared) {
    const name = names.types.get(decl.id) ?? "";
    if (decl.kind === "enum") {
      items.push(...enumItems(decl, name, names.constants.get(decl.id) ?? []));
      continue;
    }
    const doc = commentLines("", `${name} is \`${decl.name === null ? decl.path : `${decl.kind} ${decl.name}`}\`.`, decl.doc);
    const struct = structView(context, name, doc, placementOf(context, decl), decl.size);
    items.push(...struct.items);
    proof.push(...struct.proof);
  }
  const text = items.join("\n");
  const standard = [
    ...(text.includes("binary.") ? ["encoding/binary"] : []),
    ...(text.includes("json.Marshal(") ? ["encoding/json"] : []),
    ...(text.includes("fmt.Sprintf(") ? ["fmt"] : []),
    ...(proof.length > 0 ? ["unsafe"] : []),
  ];
  const own = text.includes("golbc.") ? ["github.com/lbc-dev/lbc/packages/golbc"] : [];
  const typeImports = [
    ...standard.map((path) => `\t"${path}"`),
    ...(standard.length > 0 && own.length > 0 ? [""] : []),
    ...own.map((path) => `\t"${path}"`),
  ];
  return { types: items, typeImports, proof };
}

function sectionsView(context: TypeContext, names: Names) {
  const sections = [...names.sections];
  const given = sectionNames(sections.map(([{ ident }]) => ident));
  const view = {
    fields: [] as Row[],
    init: [] as string[],
    live: [] as string[],
    options: [] as PackageView["options"][number][],
    constants: [] as ReturnType<typeof constantsStruct>[],
  };
  sections.forEach(([section, { type, values, option }], index) => {
    const field = given[index] ?? "";
    const literal = stringLiteral(section.name);
    view.constants.push(constantsStruct(context, section, values));
    if (section.write !== "never") view.options.push({ name: option, type: values, section: section.name, literal });
    if (section.write === "always") {
      const { item, init } = liveSection(context, section, type, field);
      view.fields.push([field, type]);
      view.live.push(item);
      view.init.push(...init);
      return;
    }
    view.fields.push([field, `golbc.Const[${type}]`]);
    view.init.push(`\tskel.${field} = golbc.Constants[${type}](object, ${literal})`);
  });
  return view;
}

function mapsView(context: TypeContext, layout: Layout): (Group & { readonly init: readonly string[] }) | null {
  const { maps } = layout;
  if (maps.length === 0) return null;
  const names = fieldNames(maps.map(({ name }) => name));
  const views = maps.map((map) => mapView(context, map));
  return {
    fields: alignRows(
      "\t",
      maps.flatMap((map, index) => [
        ...commentLines("\t", describeMap(map), map.doc),
        [names[index] ?? "", views[index]?.type ?? ""] as const,
      ]),
    ),
    specFields: alignRows(
      "\t",
      names.map((name) => [name, "*golbc.MapSpec"]),
    ),
    specInit: maps.map((map, index) => `\t\tspecs.${names[index]} = spec.Maps[${stringLiteral(map.name)}]`),
    init: maps.map((_, index) => `\tskel.Maps.${names[index]} = ${views[index]?.make}`),
  };
}

function programsView(layout: Layout): (Group & { readonly init: readonly string[] }) | null {
  const { programs } = layout;
  if (programs.length === 0) return null;
  const names = fieldNames(programs.map(({ name }) => name));
  const views = programs.map(programView);
  return {
    fields: alignRows(
      "\t",
      programs.flatMap((program, index) => [
        ...commentLines("\t", `SEC(${stringLiteral(program.section)}).`, program.doc),
        [names[index] ?? "", views[index]?.type ?? ""] as const,
      ]),
    ),
    specFields: alignRows(
      "\t",
      names.map((name) => [name, "*golbc.ProgramSpec"]),
    ),
    specInit: programs.map((program, index) => `\t\tspecs.${names[index]} = spec.Program(${stringLiteral(program.name)})`),
    init: programs.map((_, index) => `\tskel.Progs.${names[index]} = ${views[index]?.make}`),
  };
}

function structOpsView(layout: Layout) {
  const { structOps } = layout;
  if (structOps.length === 0) return null;
  const names = fieldNames(structOps.map(({ name }) => name));
  const fields = alignRows(
    "\t",
    names.map((name) => [name, "*golbc.StructOps"]),
  );
  return {
    item: ["// StructOps are the struct_ops maps.", "type StructOps struct {", ...fields, "}"].join("\n"),
    init: structOps.map(
      ({ name, link }, index) => `\tskel.StructOps.${names[index]} = golbc.NewStructOps(object, ${stringLiteral(name)}, ${link})`,
    ),
  };
}
