import type { StructOpsLayout } from "@lbc/core/layout";
import { type InterfaceDeclarationStructure, StructureKind } from "ts-morph";
import { docs } from "./docs.ts";
import type { SectionNames } from "./names.ts";
import type { Scope } from "./scope.ts";

/** Kernel operations that the object implements, with their names. */
export interface NamedStructOps {
  readonly ops: StructOpsLayout;
  readonly names: SectionNames;
}

export function namedStructOps({ layout, names }: Scope): NamedStructOps[] {
  return layout.structOps.flatMap((ops, index) => {
    const named = names.structOpsFields[index];
    return named === undefined ? [] : [{ ops, names: named }];
  });
}

/** Those that have data beside their functions. */
export const withFields = (all: readonly NamedStructOps[]): NamedStructOps[] => all.filter(({ ops }) => ops.fields.length > 0);

/** `control: object.structOps("control"),` for each. */
export function loadedStructOps(scope: Scope): string[] {
  return namedStructOps(scope).map(({ ops, names }) => `  ${names.property}: object.structOps(${JSON.stringify(ops.name)}),`);
}

/** The same before loading, where their data is typed. */
export function openStructOps(scope: Scope): string[] {
  return namedStructOps(scope).map(({ ops, names }) => {
    const object = `object.structOps(${JSON.stringify(ops.name)})`;
    return `  ${names.property}: ${ops.fields.length === 0 ? object : `new ${scope.use("TypedStructOps")}(${object}, ${names.view})`},`;
  });
}

/** What the skeleton has of them, loaded and before. */
export function printStructOpsInterfaces(scope: Scope): InterfaceDeclarationStructure[] {
  const { structOps, openStructOps } = scope.names;
  const typed = ({ ops, names }: NamedStructOps): string =>
    ops.fields.length === 0 ? scope.use("OpenStructOps") : `${scope.use("TypedStructOps")}<${names.view}>`;
  return [printInterface(scope, structOps, () => scope.use("StructOpsHandle")), printInterface(scope, openStructOps, typed)];
}

function printInterface(scope: Scope, name: string, typeOf: (one: NamedStructOps) => string): InterfaceDeclarationStructure {
  return {
    kind: StructureKind.Interface,
    isExported: true,
    name,
    properties: namedStructOps(scope).map((one) => ({
      name: one.names.property,
      isReadonly: true,
      type: typeOf(one),
      docs: docs(one.ops.doc, `\`struct ${one.ops.typeName}\`, SEC("${one.ops.section}").`),
    })),
  };
}
