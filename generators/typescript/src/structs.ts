import type { EnumDecl } from "@lbc/core/layout";
import { type StatementStructures, StructureKind, VariableDeclarationKind, type VariableStatementStructure } from "ts-morph";
import { describeType, docComment, docs, memberDoc, titleOf } from "./docs.ts";
import { fieldTable, inBuffer, leafType, type NamedLeaf, readLeaf, writeLeaf } from "./leaf.ts";
import { type Composite, isFlexible, type Leaf, leaves } from "./members.ts";
import type { Scope } from "./scope.ts";

/** An enum: its values as an object, and a type that unknown values have as well. */
export function printEnum(scope: Scope, decl: EnumDecl): StatementStructures[] {
  const name = scope.names.types.get(decl.id) ?? "";
  const members = scope.names.members.get(decl.id) ?? [];
  const [suffix, wide] = decl.bytes === 8 ? ["n", ", bigint"] : ["", ""];
  const values = decl.values.flatMap(({ value, doc }, index) => [...docComment(doc), `${members[index]}: ${value}${suffix},`]);
  const object = values.length === 0 ? "{}" : ["{", ...values, "}"].join("\n");
  return [
    constant({ name, initializer: `${object} as const` }, docs(decl.doc, describeType(decl))),
    {
      kind: StructureKind.TypeAlias,
      isExported: true,
      name,
      docs: ["An enumerator, or a value that the object does not know."],
      type: `${scope.use("EnumValue")}<typeof ${name}${wide}>`,
    },
  ];
}

/** A struct: an interface of plain values, and the codec that reads and writes it. */
export function printStruct(scope: Scope, decl: Composite): StatementStructures[] {
  const name = scope.names.types.get(decl.id) ?? "";
  const members = namedLeaves(scope, decl);
  const comment = docs(decl.doc, describeType(decl));
  const codec = [
    `size: ${decl.size},`,
    `align: ${decl.align},`,
    `fields: ${fieldTable(members)},`,
    ...decodeLines(scope, decl, name, members),
    ...encodeLines(scope, name, members),
  ].join("\n");
  const initializer = `${scope.use("defineStruct")}(${JSON.stringify(titleOf(decl))}, {\n${indent(codec)}\n})`;
  return [
    members.length === 0
      ? { kind: StructureKind.TypeAlias, isExported: true, name, docs: comment, type: "Record<string, never>" }
      : {
          kind: StructureKind.Interface,
          isExported: true,
          name,
          docs: comment,
          properties: members.map(({ property, leaf }) => ({
            name: property,
            isReadonly: true,
            hasQuestionToken: isOptional(leaf),
            type: leafType(scope, leaf),
            docs: memberDoc(scope.layout, leaf),
          })),
        },
    constant({ name, initializer }, docs(`Reads and writes {@link ${name}}; its fields tell where they are.`)),
  ];
}

/** The members of a struct or union with the names that were allocated for them. */
export function namedLeaves(scope: Scope, decl: Composite): NamedLeaf[] {
  const names = scope.names.members.get(decl.id) ?? [];
  return leaves(scope.layout, decl).map((leaf, index) => ({ leaf, property: names[index] ?? "" }));
}

function decodeLines(scope: Scope, decl: Composite, name: string, members: readonly NamedLeaf[]): string[] {
  if (members.length === 0) return [`decode: (): ${name} => ({}),`];
  const parameters = `view, offset${isFlexible(scope.layout, decl) ? `, bytes = ${decl.size}` : ""}`;
  const reads = members.map(({ property, leaf }) => `  ${property}: ${readLeaf(scope, leaf, inBuffer)},`);
  return [`decode: (${parameters}): ${name} => ({`, ...reads, "}),"];
}

function encodeLines(scope: Scope, name: string, members: readonly NamedLeaf[]): string[] {
  if (members.length === 0) return ["encode: () => undefined,"];
  const writes = members.map(({ property, leaf }) => {
    const write = writeLeaf(scope, leaf, `value.${property}`, inBuffer);
    return isOptional(leaf) ? `  if (value.${property} !== undefined) ${write}` : `  ${write}`;
  });
  return [`encode(value: ${name}, view, offset) {`, ...writes, "},"];
}

/** What the kernel keeps for itself need not be given. */
const isOptional = (leaf: Leaf): boolean => leaf.kind === "field" && leaf.member.special !== null;

function constant(declaration: { name: string; type?: string; initializer: string }, comment: string[]): VariableStatementStructure {
  return {
    kind: StructureKind.VariableStatement,
    isExported: true,
    declarationKind: VariableDeclarationKind.Const,
    declarations: [declaration],
    docs: comment,
  };
}

const indent = (lines: string): string => lines.replaceAll(/^(?=.)/gm, "  ");
