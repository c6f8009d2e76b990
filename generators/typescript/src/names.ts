import { declaredTypes, type Layout, type TypeId, variablesOf } from "@lbc/core/layout";
import { allocateNames, identifier, type NamingPolicy } from "@lbc/emit";
import { leaves, sharesBytes } from "./members.ts";

const underscore = (name: string): string => `${name}_`;

/** What a declaration of the module must not hide: globals that generated code uses, and what it imports. */
const moduleScope = new Set([
  ..."Array ArrayBuffer BigInt Boolean DataView Disposable Error Iterable Iterator Map Math Number Object Partial Promise Proxy".split(" "),
  ..."Readonly Record Set String Symbol Uint8Array".split(" "),
  ..."Codec EnumValue EventStream IndexedMap KeyedMap Link LoadedObject MapHandle MapOptions OpenMap OpenObject OpenOptions OpenProgram".split(
    " ",
  ),
  ..."PerCpuIndexedMap PerCpuKeyedMap PerfEventArray Program ProgramOptions QueueMap RingBuffer StructView Values".split(" "),
]);

/** What a member must not hide: the methods that every object has. */
const memberScope = new Set(
  "constructor toString toLocaleString valueOf hasOwnProperty isPrototypeOf propertyIsEnumerable then".split(" "),
);

const typePolicy: NamingPolicy = { case: "PascalCase", reserved: moduleScope, escape: underscore, prefix: "_" };
const memberPolicy: NamingPolicy = { case: "camelCase", reserved: memberScope, escape: underscore, prefix: "_" };
const enumeratorPolicy: NamingPolicy = { case: "unchanged", reserved: new Set(["__proto__"]), escape: underscore, prefix: "_" };

/** Every name of the generated module, decided before anything is printed. */
export interface Names {
  /** `Hello`, the loaded object; the others are made from it. */
  readonly skeleton: string;
  readonly open: string;
  readonly options: string;
  readonly maps: string;
  readonly programs: string;
  /** Of each section with variables, in the layout's order: the property, the class of its accessors, and its variables. */
  readonly sections: readonly SectionNames[];
  /** In the layout's order. */
  readonly mapProperties: readonly string[];
  readonly programProperties: readonly string[];
  readonly types: ReadonlyMap<TypeId, string>;
  /** The types that are accessors over memory, since their members share bytes. */
  readonly views: ReadonlySet<TypeId>;
  /** Of the leaves of each struct and union, and of the values of each enum. */
  readonly members: ReadonlyMap<TypeId, readonly string[]>;
}

export interface SectionNames {
  readonly property: string;
  readonly view: string;
  readonly variables: readonly string[];
}

/** Members of the two classes that stand beside the sections. */
const classMembers = ["object", "maps", "programs", "links", "load", "attach", "close"];

export function nameModule(layout: Layout): Names {
  const skeleton = identifier(layout.object.name, typePolicy);
  const sections = layout.sections.map(variablesOf);
  const sectionProperties = allocateNames(
    layout.sections.map((section) => section.ident),
    memberPolicy,
    classMembers,
  );
  const fixed = {
    skeleton,
    open: `Open${skeleton}`,
    options: `${skeleton}Options`,
    maps: `${skeleton}Maps`,
    programs: `${skeleton}Programs`,
  };
  const sectionViews = allocateNames(
    layout.sections.map((section) => `${skeleton}.${section.ident}`),
    typePolicy,
    Object.values(fixed),
  );
  const declared = declaredTypes(layout);
  const typeNames = allocateNames(
    declared.map((decl) => decl.path),
    typePolicy,
    [...Object.values(fixed), ...sectionViews],
  );
  return {
    ...fixed,
    sections: sections.map((variables, index) => ({
      property: sectionProperties[index] ?? "",
      view: sectionViews[index] ?? "",
      variables: allocateNames(
        variables.map((variable) => variable.path),
        memberPolicy,
      ),
    })),
    mapProperties: allocateNames(
      layout.maps.map((map) => map.name),
      memberPolicy,
    ),
    programProperties: allocateNames(
      layout.programs.map((program) => program.name),
      memberPolicy,
    ),
    types: new Map(declared.map((decl, index) => [decl.id, typeNames[index] ?? ""])),
    views: new Set(declared.filter((decl) => decl.kind !== "enum" && sharesBytes(layout, decl)).map((decl) => decl.id)),
    members: new Map(
      declared.map((decl) => {
        const values = decl.kind === "enum" ? decl.values : leaves(layout, decl);
        return [
          decl.id,
          allocateNames(
            values.map((value) => value.name),
            decl.kind === "enum" ? enumeratorPolicy : memberPolicy,
          ),
        ];
      }),
    ),
  };
}
