import { declaredTypes, type Layout, type TypeId, variablesOf } from "@lbc/core/layout";
import { allocateNames, identifier, type NamingPolicy } from "@lbc/emit";
import { leaves, sharesBytes } from "./members.ts";

const underscore = (name: string): string => `${name}_`;

/** What a declaration of the module must not hide: globals that generated code uses, and what it imports. */
const moduleScope = new Set([
  ..."Array ArrayBuffer BigInt Boolean DataView Disposable Error Iterable Iterator Map Math Number Object Partial Promise Proxy".split(" "),
  ..."Readonly Record Set String Symbol Uint8Array".split(" "),
  ..."Arena Codec EnumValue EventStream IndexedMap KeyedMap Link LoadedObject MapHandle MapOptions OpenMap OpenObject OpenOptions OpenProgram".split(
    " ",
  ),
  ..."OpenStructOps PerCpuIndexedMap PerCpuKeyedMap PerfEventArray Program ProgramOptions QueueMap RingBuffer".split(" "),
  ..."StructOpsHandle StructOpsOptions StructView TypedStructOps Values".split(" "),
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
  readonly structOps: string;
  readonly openStructOps: string;
  /** Of each section with variables, in the layout's order: the property, the class of its accessors, and its variables. */
  readonly sections: readonly SectionNames[];
  /** In the layout's order. */
  readonly mapProperties: readonly string[];
  readonly programProperties: readonly string[];
  /** Of the kernel operations: the property, the class of the accessors to their data, and its members. */
  readonly structOpsFields: readonly SectionNames[];
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
const classMembers = ["object", "maps", "programs", "structOps", "links", "load", "attach", "close"];

/** The names that are made from the skeleton's. */
function namesOf(skeleton: string) {
  return {
    skeleton,
    open: `Open${skeleton}`,
    options: `${skeleton}Options`,
    maps: `${skeleton}Maps`,
    programs: `${skeleton}Programs`,
    structOps: `${skeleton}StructOps`,
    openStructOps: `Open${skeleton}StructOps`,
  };
}

/** An object named `struct_ops` must not make a `StructOpsOptions` beside the one that is imported. */
function skeletonNames(object: string): ReturnType<typeof namesOf> {
  const names = namesOf(identifier(object, typePolicy));
  return Object.values(names).some((name) => moduleScope.has(name)) ? namesOf(underscore(names.skeleton)) : names;
}

export function nameModule(layout: Layout): Names {
  const fixed = skeletonNames(layout.object.name);
  const { skeleton } = fixed;
  const sections = layout.sections.map(variablesOf);
  const sectionProperties = allocateNames(
    layout.sections.map((section) => section.ident),
    memberPolicy,
    classMembers,
  );
  const views = allocateNames(
    [...layout.sections.map(({ ident }) => ident), ...layout.structOps.map(({ name }) => name)].map((name) => `${skeleton}.${name}`),
    typePolicy,
    Object.values(fixed),
  );
  const structOpsProperties = allocateNames(
    layout.structOps.map(({ name }) => name),
    memberPolicy,
  );
  const declared = declaredTypes(layout);
  const typeNames = allocateNames(
    declared.map((decl) => decl.path),
    typePolicy,
    [...Object.values(fixed), ...views],
  );
  return {
    ...fixed,
    sections: sections.map((variables, index) => ({
      property: sectionProperties[index] ?? "",
      view: views[index] ?? "",
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
    structOpsFields: layout.structOps.map(({ fields }, index) => ({
      property: structOpsProperties[index] ?? "",
      view: views[sections.length + index] ?? "",
      variables: allocateNames(
        fields.map(({ member }) => member),
        memberPolicy,
      ),
    })),
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
