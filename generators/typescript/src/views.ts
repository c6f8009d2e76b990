import { type DataSection, type StructOpsLayout, variablesOf } from "@lbc/core/layout";
import { type ClassDeclarationStructure, StructureKind } from "ts-morph";
import { describeType, docs, memberDoc, titleOf } from "./docs.ts";
import { fieldTable, inMemory, leafType, type NamedLeaf, readLeaf, writeLeaf } from "./leaf.ts";
import { type Composite, isFlexible, structOpsLeaf, variableLeaf } from "./members.ts";
import type { SectionNames } from "./names.ts";
import type { Scope } from "./scope.ts";
import { namedLeaves } from "./structs.ts";

/** Accessors over memory: what a view and a data section have in common. */
interface Accessors {
  readonly name: string;
  /** For messages: `union addr`, `.bss`. */
  readonly title: string;
  readonly size: number;
  readonly align: number;
  readonly members: readonly NamedLeaf[];
  readonly writable: boolean;
  readonly docs: string[];
}

/** A union, or a struct that contains an anonymous one: accessors, since a plain object could not say which member to write. */
export function printView(scope: Scope, decl: Composite): ClassDeclarationStructure {
  const name = scope.names.types.get(decl.id) ?? "";
  const [copyOf, zeroed, values] = [scope.use("copyOf"), scope.use("zeroed"), scope.use("Values")];
  const size = `${name}.size`;
  const flexible = isFlexible(scope.layout, decl);
  const place = [
    { name: "view", type: "DataView" },
    { name: "offset", type: "number" },
  ];
  const comment = docs(decl.doc, describeType(decl), "Members may share bytes.");
  return {
    ...accessors(scope, { ...decl, name, title: titleOf(decl), members: namedLeaves(scope, decl), writable: true, docs: comment }),
    methods: [
      {
        name: "decode",
        isStatic: true,
        docs: ["A copy that does not change with the memory."],
        parameters: flexible ? [...place, { name: "bytes", initializer: size }] : place,
        returnType: name,
        statements: [`return new ${name}(${copyOf}(view, offset, ${flexible ? `Math.max(bytes, ${size})` : size}), 0);`],
      },
      {
        name: "encode",
        isStatic: true,
        parameters: [{ name: "value", type: name }, ...place],
        returnType: "void",
        statements: [`value.$copyTo(view, offset, ${size});`],
      },
      {
        name: "of",
        isStatic: true,
        docs: ["A new value; what is not given is zero."],
        parameters: [{ name: "values", type: `${values}<${name}>` }],
        returnType: name,
        statements: [`return Object.assign(new ${name}(${zeroed}(${size}), 0), values);`],
      },
    ],
  };
}

/** The variables of a data section. */
export function printSection(scope: Scope, section: DataSection, names: SectionNames): ClassDeclarationStructure {
  const variables = variablesOf(section);
  return accessors(scope, {
    name: names.view,
    title: section.name,
    size: section.size,
    align: section.align,
    members: variables.map((variable, index) => ({ leaf: variableLeaf(variable), property: names.variables[index] ?? "" })),
    writable: section.write !== "never",
    docs: docs(`The variables in ${section.name}.`),
  });
}

/** The data of kernel operations, which can be set before they are loaded. */
export function printStructOps(scope: Scope, ops: StructOpsLayout, names: SectionNames): ClassDeclarationStructure {
  const title = `${ops.typeName} ${ops.name}`;
  return accessors(scope, {
    name: names.view,
    title,
    size: ops.size,
    // The kernel copies the struct member by member.
    align: 1,
    members: ops.fields.map((field, index) => ({ leaf: structOpsLeaf(field), property: names.variables[index] ?? "" })),
    writable: true,
    docs: docs(`The members of \`struct ${title}\` that are data.`),
  });
}

function accessors(scope: Scope, { name, title, size, align, members, writable, docs }: Accessors): ClassDeclarationStructure {
  const checked = `${scope.use("defineFields")}(${JSON.stringify(title)}, ${size}, ${fieldTable(members)})`;
  return {
    kind: StructureKind.Class,
    isExported: true,
    name,
    docs,
    extends: scope.use("StructView"),
    properties: [
      { name: "size", isStatic: true, isReadonly: true, initializer: `${size}` },
      { name: "align", isStatic: true, isReadonly: true, initializer: `${align}` },
      { name: "fields", isStatic: true, isReadonly: true, initializer: checked },
    ],
    getAccessors: members.map(({ property, leaf }) => ({
      name: property,
      returnType: leafType(scope, leaf),
      docs: memberDoc(scope.layout, leaf),
      statements: [`return ${readLeaf(scope, leaf, inMemory)};`],
    })),
    setAccessors: (writable ? members : []).map(({ property, leaf }) => ({
      name: property,
      parameters: [{ name: "value" }],
      statements: [writeLeaf(scope, leaf, "value", inMemory)],
    })),
  };
}
