import { type Declared, declaredTypes, type EnumDecl, type Layout } from "@lbc/core/layout";
import { type EmitOptions, provenance } from "@lbc/emit";
import { call, constant, statement } from "./expressions.ts";
import { type AttributeView, mapAttributes } from "./maps.ts";
import { type ClassView, structClass } from "./members.ts";
import { classesOf, enumeratorNames, packageName, sectionAttributes } from "./names.ts";
import { programAttributes } from "./programs.ts";
import { ownSections, sectionAttribute, sectionClass } from "./sections.ts";
import { docString, docText, importLine, literal, sorted } from "./strings.ts";
import type { TypeNames } from "./types.ts";

/** An enum class. */
export interface EnumView {
  readonly header: string;
  readonly doc: string;
  readonly members: readonly { readonly line: string; readonly doc: string | null }[];
}

/** All that the templates show. */
export interface PackageView {
  readonly name: string;
  readonly source: string;
  readonly header: readonly string[];
  readonly types: readonly ({ readonly enum: EnumView; readonly class: null } | { readonly enum: null; readonly class: ClassView })[];
  readonly typesImport: string | null;
  readonly typesHaveFields: boolean;
  readonly typesHaveArrays: boolean;
  readonly exports: readonly string[];
  readonly initImports: readonly string[];
  readonly skeletonImports: readonly string[];
  /** From the package's own types. */
  readonly skeletonTypeImport: string | null;
  readonly classHeader: string;
  readonly mapsClass: string;
  readonly programsClass: string;
  readonly maps: readonly AttributeView[];
  readonly programs: readonly AttributeView[];
  readonly sections: readonly ClassView[];
  readonly sectionLines: readonly string[];
  readonly objectFile: string;
  readonly sha256: string;
  readonly kernelName: string;
}

/** Types that become a class: an enum without a member does not. */
const classTypes = (layout: Layout): Declared[] => declaredTypes(layout).filter((decl) => decl.kind !== "enum" || decl.values.length > 0);

/** Every class of a package, named before anything is printed. */
export function nameTypes(layout: Layout): { types: Declared[]; ownClasses: string[]; names: TypeNames } {
  const types = classTypes(layout);
  const sections = ownSections(layout);
  const wanted = [layout.object.name, "maps", "programs", ...sections.map((section) => section.ident), ...types.map((type) => type.path)];
  const all = classesOf(wanted);
  const typeNames = all.slice(3 + sections.length);
  const order = layout.object.endianness === "little" ? "le" : "be";
  const names: TypeNames = { layout, order, classes: new Map(types.map((decl, index) => [decl.id, typeNames[index] ?? ""])) };
  return { types, ownClasses: all.slice(0, 3 + sections.length), names };
}

export function packageView(layout: Layout, options: EmitOptions): PackageView {
  const { types, ownClasses, names } = nameTypes(layout);
  const sections = ownSections(layout);
  const [className = "", mapsClass = "", programsClass = "", ...sectionNames] = ownClasses;
  const name = packageName(layout.object.name);
  const sectionViews = sections.map((section, index) => sectionClass(names, sectionNames[index] ?? "", section));
  const attributes = sectionAttributes(sections.map((section) => section.ident));
  return {
    name,
    source: docText(options.source),
    header: provenance(layout, options).map(docText),
    ...typesModule(names, types),
    ...skeletonModule(names, layout, sectionViews, ownClasses, [...names.classes.values()]),
    classHeader: statement(0, "class ", call(className, `Skeleton[${mapsClass}, ${programsClass}]`), ":"),
    mapsClass,
    programsClass,
    sections: sectionViews,
    sectionLines: sections.map((section, index) => sectionAttribute(layout, attributes[index] ?? "", sectionNames[index] ?? "", section)),
    objectFile: `${name}.bpf`,
    sha256: layout.object.sha256,
    kernelName: literal(layout.object.name),
  };
}

function typesModule(names: TypeNames, types: readonly Declared[]) {
  const views = types.map((decl) =>
    decl.kind === "enum" ? { enum: enumView(names, decl), class: null } : { enum: null, class: structClass(names, decl) },
  );
  const fields = views.flatMap((view) => view.class?.fields ?? []);
  return {
    typesImport: views.length === 0 ? null : orderImport(names),
    types: views,
    typesHaveFields: fields.length > 0,
    typesHaveArrays: fields.some((field) => field.parameter.includes("Sequence[")),
  };
}

function enumView(names: TypeNames, decl: EnumDecl): EnumView {
  const members = enumeratorNames(decl.values.map((value) => value.name));
  const tag = decl.name === null ? decl.path : `enum ${decl.name}`;
  return {
    header: statement(0, "class ", call(names.classes.get(decl.id) ?? "", `${names.order}.OpenEnum`), ":"),
    doc: docString(4, decl.doc ?? `\`\`${tag}\`\`.`),
    members: decl.values.map(({ value, doc }, index) => ({
      line: constant(4, members[index] ?? "", value),
      doc: doc === null ? null : docString(4, doc),
    })),
  };
}

/** The codecs of the object's byte order. */
const orderImport = (names: TypeNames): string => `from pylbc import ${names.order === "le" ? "little as le" : "big as be"}`;

/** Modules of pylbc, by the classes that a skeleton takes from them. */
const mapClasses = new Set(["ArrayMap", "BloomFilter", "HashMap", "Map", "MapSet", "Queue", "ReferenceMap", "StructOps", "UserRing"]);
const eventClasses = new Set(["EventStream", "FixedEventStream", "RawEventStream"]);

function skeletonModule(
  names: TypeNames,
  layout: Layout,
  sections: readonly ClassView[],
  skeletonExports: readonly string[],
  typeNames: readonly string[],
) {
  const maps = mapAttributes(names, layout);
  const programs = programAttributes(layout.programs);
  const used = new Set([...maps, ...programs].map((attribute) => attribute.className));
  const ofMaps = [...[...used].filter((name) => mapClasses.has(name)), "MapSet"];
  const ofEvents = [...used].filter((name) => eventClasses.has(name));
  const ofPrograms = [...[...used].filter((name) => name.endsWith("Program")), "ProgramSet"];
  const text = [...maps.map((map) => map.line), ...sections.flatMap((section) => section.fields.map((field) => field.line))].join("\n");
  const words = new Set(text.match(/[\p{L}\p{Nd}_]+/gu));
  const usesOrder = sections.length > 0 || text.includes(`${names.order}.`);
  const usedTypes = typeNames.filter((name) => words.has(name));
  return {
    maps,
    programs,
    exports: sorted([...skeletonExports, ...typeNames]).map(literal),
    initImports: [importLine("._skeleton", skeletonExports), ...(typeNames.length === 0 ? [] : [importLine("._types", typeNames)])],
    skeletonImports: [
      ...(usesOrder ? [orderImport(names)] : []),
      ...(ofEvents.length === 0 ? [] : [importLine("pylbc.events", ofEvents)]),
      ...(used.has("HistogramMap") ? [importLine("pylbc.histogram", ["HistogramMap"])] : []),
      importLine("pylbc.maps", ofMaps),
      importLine("pylbc.programs", ofPrograms),
      importLine("pylbc.skeleton", ["Embedded", "Skeleton"]),
      ...(used.has("StackTraces") ? [importLine("pylbc.stacks", ["StackTraces"])] : []),
    ],
    skeletonTypeImport: usedTypes.length === 0 ? null : importLine("._types", usedTypes),
  };
}
