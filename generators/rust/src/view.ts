import type { Declared, Layout } from "@lbc/core/layout";
import { allocateNames, type EmitOptions, provenance } from "@lbc/emit";
import { printEnum } from "./enums.ts";
import { call, type Expression, generic, literal, prefixed, tried } from "./expressions.ts";
import { mapView, visibleMaps } from "./maps.ts";
import { crateName, fieldNames, methodNames, methodStem } from "./names.ts";
import { placementOf } from "./placement.ts";
import { programView, structOpsLink } from "./programs.ts";
import { assignment, docLines, inherent, signature, stringLiteral, structHead, value } from "./rustfmt.ts";
import { reachable, sectionView } from "./sections.ts";
import type { TypeContext } from "./spelling.ts";
import { StructPrinter } from "./structs.ts";
import { nameTypes, type TypeNames } from "./type-names.ts";

/** The release of the `rlbc` crate that generated crates ask for. */
export const runtimeVersion = "0.1.0";

/** Everything that the templates place, as finished strings. */
export interface View {
  readonly header: readonly string[];
  readonly crate: string;
  readonly module: string;
  readonly runtime: string;
  readonly source: string;
  /** The embedded object, and the lines that open it. */
  readonly embedded: string;
  readonly openHead: string;
  readonly openWithHead: string;
  readonly openCall: string;
  readonly opened: string;
  readonly skeleton: string;
  readonly skeletonStruct: string;
  readonly skeletonImpl: string;
  readonly open: string;
  readonly openStruct: string;
  readonly openImpl: string;
  readonly loadHead: string;
  readonly loaded: string;
  /** Whether zerocopy's derives are used. */
  readonly hasPlain: boolean;
  readonly maps: {
    readonly fields: readonly string[];
    readonly inits: readonly string[];
    readonly methods: string;
    readonly open: string;
  } | null;
  readonly progs: { readonly methods: string; readonly open: string } | null;
  readonly links: {
    readonly fields: readonly string[];
    readonly structOps: readonly string[];
    readonly programs: readonly string[];
  } | null;
  /** Methods of the open and of the loaded object, each with an empty line before it. */
  readonly openMethods: readonly string[];
  readonly loadedMethods: readonly string[];
  /** Structs, enums and sections, after the skeleton. */
  readonly items: readonly string[];
}

export function createView(layout: Layout, options: EmitOptions): View {
  const names = nameTypes(layout);
  const context: TypeContext = { layout, names: names.types };
  const sections = sectionViews(context, names.sections);
  const types = names.declared.flatMap((decl) => printDeclaration(context, decl, names.types.get(decl.id) ?? ""));
  const items = [...sections.flatMap((section) => section.items), ...types];
  const crate = crateName(layout.object.name);
  const maps = mapsView(context);
  const links = linksView(layout);
  return {
    header: provenance(layout, options),
    crate,
    module: crate.replaceAll("-", "_"),
    runtime: runtimeVersion,
    source: options.source.replaceAll("`", "'"),
    ...skeletonView(layout, names, links !== null),
    skeleton: names.skeleton,
    open: names.open,
    hasPlain: items.some((item) => item.includes("#[derive(FromBytes")),
    maps,
    progs: progsView(layout),
    links,
    openMethods: sections.flatMap((section) => section.open),
    loadedMethods: sections.flatMap((section) => section.loaded),
    items,
  };
}

/** Lines of the skeleton that break where names are long. */
function skeletonView(layout: Layout, { skeleton, open }: TypeNames, hasLinks: boolean) {
  const bytes = prefixed("*", call("include_bytes!", stringLiteral(objectFile(layout))));
  const opened = call("rlbc::OpenObject::new", stringLiteral(layout.object.name), "&OBJECT.0", "options");
  const state: (readonly [string, Expression])[] = [];
  if (hasLinks) state.push(["links", call("Links::default")]);
  if (visibleMaps(layout).length > 0) state.push(["maps", tried(call("Maps::of", "&object"))]);
  return {
    embedded: assignment("", "static OBJECT: &rlbc::Aligned<[u8]> =", prefixed("&", call("rlbc::Aligned", bytes))),
    openHead: signature("    ", "pub fn open", [], generic("rlbc::Result", open)),
    openWithHead: signature("    ", "pub fn open_with", ["options: &rlbc::OpenOptions"], generic("rlbc::Result", open)),
    openCall: assignment("        ", "let object =", tried(opened)),
    openStruct: structHead(open),
    opened: value("        ", call("Ok", literal(open, ["object", "object"]))),
    loadHead: signature("    ", "pub fn load", ["self"], generic("rlbc::Result", skeleton)),
    loaded: value("        ", call("Ok", literal(skeleton, ...state, ["object", "object"]))),
    skeletonStruct: structHead(skeleton),
    skeletonImpl: inherent(skeleton),
    openImpl: inherent(open),
  };
}

/** The embedded object; the usual ending is left out of packages by many a .gitignore. */
export const objectFile = (layout: Layout): string => `${crateName(layout.object.name).replaceAll("-", "_")}.obj`;

function sectionViews(context: TypeContext, types: ReadonlyMap<string, string>) {
  const sections = reachable(context.layout);
  const methods = allocateNames(
    sections.map(({ ident }) => ident),
    { ...methodNames, reserved: new Set([...methodNames.reserved, ...skeletonMethods]) },
  );
  return sections.map((section, index) => sectionView(context, section, types.get(section.name) ?? "", methods[index] ?? ""));
}

/** Methods of the skeleton itself, which a section's must not be called as. */
const skeletonMethods = "attach detach links links_mut load maps maps_mut object object_mut open open_with progs progs_mut".split(" ");

function printDeclaration(context: TypeContext, decl: Declared, name: string): string[] {
  if (decl.kind === "enum") return printEnum(context, name, decl);
  const doc = docLines("", decl.doc ?? (decl.name === null ? `\`${decl.path}\`.` : `\`${decl.kind} ${decl.name}\`.`));
  return new StructPrinter(context, name, doc, placementOf(context, decl)).print(decl.size, decl.align);
}

function mapsView(context: TypeContext): View["maps"] {
  const maps = visibleMaps(context.layout);
  if (maps.length === 0) return null;
  const names = allocateNames(
    maps.map(({ name }) => methodStem(name)),
    methodNames,
  );
  const views = maps.map((map, index) => mapView(context, map, names[index] ?? ""));
  return {
    fields: views.map(({ field }) => field),
    inits: views.map(({ init }) => init),
    methods: views.map(({ method }) => method).join("\n\n"),
    open: views.map(({ open }) => open).join("\n\n"),
  };
}

function programNames(layout: Layout): string[] {
  return allocateNames(
    layout.programs.map(({ name }) => methodStem(name)),
    methodNames,
  );
}

function progsView(layout: Layout): View["progs"] {
  if (layout.programs.length === 0) return null;
  const names = programNames(layout);
  const views = layout.programs.map((program, index) => programView(program, names[index] ?? ""));
  return { methods: views.map(({ method }) => method).join("\n\n"), open: views.map(({ open }) => open).join("\n\n") };
}

function linksView(layout: Layout): View["links"] {
  const names = programNames(layout);
  const programs = layout.programs.flatMap((program, index) => programView(program, names[index] ?? "").link ?? []);
  const structOps = allocateNames(
    layout.structOps.map(({ name }) => name),
    fieldNames,
    names,
  );
  const structOpsLinks = layout.structOps.map(({ name }, index) => structOpsLink(name, structOps[index] ?? ""));
  if (programs.length + structOpsLinks.length === 0) return null;
  return {
    fields: [...programs, ...structOpsLinks].map(({ field }) => field),
    structOps: structOpsLinks.map(({ attach }) => attach),
    programs: programs.map(({ attach }) => attach),
  };
}
