import type { TypeId } from "@lbc/core/layout";
import { isEmpty, type Node } from "../suite/shape.ts";
import type { Unit } from "./testee.ts";

/** How a scalar is shown. */
export type ScalarKind = "number" | "bool" | "f32" | "f64" | "text" | "bytes";

/** A node for programs that find members by name when they run: a scalar, an array, or the index of a type. */
export type Described = ScalarKind | { readonly array: Described; readonly length: number } | TypeId;

/** What a program of a dynamic language needs to know of the generated module. */
export interface Description {
  readonly module: string;
  readonly types: readonly DescribedType[];
}
export interface DescribedType {
  readonly id: TypeId;
  readonly name: string;
  readonly members: readonly DescribedMember[];
}
export interface DescribedMember {
  readonly name: string;
  /** null: without leaves. */
  readonly node: Described | null;
}

interface Names {
  readonly types: ReadonlyMap<TypeId, string>;
  readonly members: ReadonlyMap<TypeId, readonly string[]>;
}

/** Types without a name are inside of others, where their members are listed. */
export function describeTypes({ shapes }: Unit, { types, members }: Names, module: string): Description {
  return {
    module,
    types: [...shapes].flatMap(([id, shape]) => {
      const name = types.get(id);
      if (name === undefined) return [];
      const named = members.get(id) ?? [];
      return [
        {
          id,
          name,
          members: shape.map(({ node }, index) => ({ name: named[index] ?? "", node: isEmpty(node, shapes) ? null : describe(node) })),
        },
      ];
    }),
  };
}

function describe(node: Node): Described {
  if (node.kind === "composite") return node.id;
  if (node.kind === "array") return { array: describe(node.element), length: node.length };
  switch (node.scalar.kind) {
    case "int":
    case "enum":
    case "pointer":
      return "number";
    case "float":
      return node.bytes === 4 ? "f32" : "f64";
    case "bool":
    case "text":
    case "bytes":
      return node.scalar.kind;
  }
}
