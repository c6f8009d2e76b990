import { type DataSection, describeMap, type ProgramLayout } from "@lbc/core/layout";
import {
  type ClassDeclarationStructure,
  type InterfaceDeclarationStructure,
  type OptionalKind,
  type PropertySignatureStructure,
  type StatementStructures,
  StructureKind,
} from "ts-morph";
import { docs } from "./docs.ts";
import { typedMap } from "./maps.ts";
import type { SectionNames } from "./names.ts";
import type { Scope } from "./scope.ts";
import { loadedStructOps, openStructOps, printStructOpsInterfaces } from "./struct-ops.ts";

/** A section that has variables, with its names. */
interface NamedSection {
  readonly section: DataSection;
  readonly names: SectionNames;
}

/** The skeleton: the loaded object, the open one, the options, and the interfaces of their maps and programs. */
export function printSkeleton(scope: Scope): StatementStructures[] {
  const parts: StatementStructures[] = [printLoaded(scope), printOpen(scope), printOptions(scope)];
  if (scope.layout.maps.length > 0) parts.push(printMaps(scope));
  if (scope.layout.programs.length > 0) parts.push(printPrograms(scope));
  if (scope.layout.structOps.length > 0) parts.push(...printStructOpsInterfaces(scope));
  return parts;
}

/** The sections that the skeleton shows: without a named variable there is nothing to show. */
export function namedSections(scope: Scope): NamedSection[] {
  return scope.layout.sections
    .map((section, index) => ({ section, names: scope.names.sections[index] }))
    .filter((named): named is NamedSection => (named.names?.variables.length ?? 0) > 0);
}

function printLoaded(scope: Scope): ClassDeclarationStructure {
  const { layout, names } = scope;
  const loaded = scope.use("LoadedObject");
  const maps = layout.maps.map((map, index) => `  ${names.mapProperties[index]}: ${typedMap(scope, map).create},`);
  const programs = layout.programs.map(
    ({ name }, index) => `  ${names.programProperties[index]}: object.program(${JSON.stringify(name)}),`,
  );
  const structOps = loadedStructOps(scope);
  return {
    kind: StructureKind.Class,
    isExported: true,
    name: names.skeleton,
    docs: docs(
      `${layout.object.name}, loaded into the kernel. It owns its maps, programs and links: close it, or declare it with \`using\`.`,
    ),
    implements: ["Disposable"],
    properties: [
      { name: "object", isReadonly: true, type: loaded, docs: ["The same by kernel names."] },
      ...(maps.length === 0 ? [] : [{ name: "maps", isReadonly: true, type: names.maps }]),
      ...(programs.length === 0 ? [] : [{ name: "programs", isReadonly: true, type: names.programs }]),
      ...(structOps.length === 0 ? [] : [{ name: "structOps", isReadonly: true, type: names.structOps }]),
    ],
    ctors: [
      {
        parameters: [{ name: "object", type: loaded }],
        statements: assignments({ maps, programs, structOps }),
      },
    ],
    getAccessors: [
      ...namedSections(scope).map(({ section, names: { property, view } }) => ({
        name: property,
        returnType: section.write === "always" ? view : `Readonly<${view}>`,
        docs: docs(`${section.name}${section.memoryMapped && section.write === "always" ? ", live" : ""}.`),
        statements: [`return ${scope.use("sectionView")}(this.object.section(${JSON.stringify(section.name)}), ${view});`],
      })),
      {
        name: "links",
        returnType: `readonly ${scope.use("Link")}[]`,
        docs: ["What is attached now."],
        statements: ["return this.object.links;"],
      },
    ],
    methods: [
      openMethod(scope),
      {
        name: "attach",
        returnType: "void",
        docs: ["Attaches every program whose section says to what; all or none."],
        statements: ["this.object.attach();"],
      },
      ...closing,
    ],
  };
}

function openMethod(scope: Scope) {
  const { names, layout } = scope;
  const { open, options } = names;
  const settable = namedSections(scope).filter(({ section }) => section.write !== "never");
  return {
    name: "open",
    isStatic: true,
    docs: ["Reads the embedded object and sets what the options say; nothing reaches the kernel before `load()`."],
    parameters: [{ name: "options", type: options, initializer: "{}" }],
    returnType: open,
    statements: [
      `const object = ${scope.use("OpenObject")}.open(${scope.use("decodeObject")}(embedded), { name: ${JSON.stringify(layout.object.name)}, ...options });`,
      `const open = new ${open}(object);`,
      ...settable.map(({ names: { property } }) => `Object.assign(open.${property}, options.${property});`),
      ...(layout.maps.length === 0 ? [] : [`${scope.use("configure")}(open.maps, options.maps);`]),
      ...(layout.programs.length === 0 ? [] : [`${scope.use("configure")}(open.programs, options.programs);`]),
      ...(layout.structOps.length === 0 ? [] : [`${scope.use("configure")}(open.structOps, options.structOps);`]),
      "return open;",
    ],
  };
}

function printOpen(scope: Scope): ClassDeclarationStructure {
  const { layout, names } = scope;
  const open = scope.use("OpenObject");
  const maps = layout.maps.map(({ name }, index) => `  ${names.mapProperties[index]}: object.map(${JSON.stringify(name)}),`);
  const programs = layout.programs.map(
    ({ name }, index) => `  ${names.programProperties[index]}: object.program(${JSON.stringify(name)}),`,
  );
  const structOps = openStructOps(scope);
  return {
    kind: StructureKind.Class,
    isExported: true,
    name: names.open,
    docs: docs(`${layout.object.name} before it is loaded: sizes, values and what to load can still be changed.`),
    implements: ["Disposable"],
    properties: [
      { name: "object", isReadonly: true, type: open, docs: ["The same by kernel names."] },
      ...(maps.length === 0 ? [] : [{ name: "maps", isReadonly: true, type: mapped(names.maps, scope.use("OpenMap"), false) }]),
      ...(programs.length === 0
        ? []
        : [{ name: "programs", isReadonly: true, type: mapped(names.programs, scope.use("OpenProgram"), false) }]),
      ...(structOps.length === 0 ? [] : [{ name: "structOps", isReadonly: true, type: names.openStructOps }]),
    ],
    ctors: [
      {
        parameters: [{ name: "object", type: open }],
        statements: assignments({ maps, programs, structOps }),
      },
    ],
    getAccessors: namedSections(scope)
      .filter(({ section }) => section.write !== "never")
      .map(({ section, names: { property, view } }) => ({
        name: property,
        returnType: view,
        docs: docs(`${section.name}: the values that the programs start with.`),
        statements: [`return ${scope.use("sectionView")}(this.object.section(${JSON.stringify(section.name)}), ${view});`],
      })),
    methods: [
      {
        name: "load",
        returnType: names.skeleton,
        docs: ["Hands everything to the kernel. Takes over this object, and frees it if loading fails."],
        statements: [
          "const loaded = this.object.load();",
          `try {\n  return new ${names.skeleton}(loaded);\n} catch (error) {\n  loaded.close();\n  throw error;\n}`,
        ],
      },
      ...closing,
    ],
  };
}

function printOptions(scope: Scope): StatementStructures {
  const { layout, names } = scope;
  const properties: OptionalKind<PropertySignatureStructure>[] = namedSections(scope)
    .filter(({ section }) => section.write !== "never")
    .map(({ section, names: { property, view } }) => ({
      name: property,
      type: `${scope.use("Values")}<${view}>`,
      docs: docs(`Values in ${section.name}${section.write === "before-load" ? ", constant once loaded" : ""}.`),
    }));
  if (layout.maps.length > 0) properties.push({ name: "maps", type: mapped(names.maps, scope.use("MapOptions"), true) });
  if (layout.programs.length > 0) properties.push({ name: "programs", type: mapped(names.programs, scope.use("ProgramOptions"), true) });
  if (layout.structOps.length > 0) properties.push({ name: "structOps", type: structOpsOptions(scope) });
  const declaration = { isExported: true, name: names.options, docs: ["What can be set before loading."] };
  const common = scope.use("OpenOptions");
  if (properties.length === 0) return { kind: StructureKind.TypeAlias, ...declaration, type: common };
  return {
    kind: StructureKind.Interface,
    ...declaration,
    extends: [common],
    properties: properties.map((property) => ({ ...property, isReadonly: true, hasQuestionToken: true })),
  };
}

function printMaps(scope: Scope): InterfaceDeclarationStructure {
  return {
    kind: StructureKind.Interface,
    isExported: true,
    name: scope.names.maps,
    properties: scope.layout.maps.map((map, index) => ({
      name: scope.names.mapProperties[index] ?? "",
      isReadonly: true,
      type: typedMap(scope, map).type,
      docs: docs(map.doc, describeMap(map)),
    })),
  };
}

function printPrograms(scope: Scope): InterfaceDeclarationStructure {
  return {
    kind: StructureKind.Interface,
    isExported: true,
    name: scope.names.programs,
    properties: scope.layout.programs.map((program, index) => ({
      name: scope.names.programProperties[index] ?? "",
      isReadonly: true,
      type: `${scope.use("Program")}<${attachKind(program)}>`,
      docs: docs(program.doc, `SEC("${program.section}")${program.autoload ? "" : ", not loaded unless asked for"}.`),
    })),
  };
}

const attachKind = ({ attach }: ProgramLayout): string => (attach === null ? "never" : JSON.stringify(attach.kind));

const mapped = (names: string, to: string, optional: boolean): string =>
  `{ readonly [Name in keyof ${names}]${optional ? "?" : ""}: ${to} }`;

const structOpsOptions = ({ names, use }: Scope): string =>
  `{ readonly [Name in keyof ${names.openStructOps}]?: ${use("StructOpsOptions")}<${names.openStructOps}[Name]> }`;

/** `this.maps = { … };` for each member that has lines. */
function assignments(members: Readonly<Record<string, readonly string[]>>): string[] {
  const made = Object.entries(members).filter(([, lines]) => lines.length > 0);
  return ["this.object = object;", ...made.map(([member, lines]) => [`this.${member} = {`, ...lines, "};"].join("\n"))];
}

const closing = [
  {
    name: "close",
    returnType: "void",
    docs: ["Frees everything; may be called again."],
    statements: ["this.object.close();"],
  },
  { name: "[Symbol.dispose]", returnType: "void", statements: ["this.close();"] },
];
