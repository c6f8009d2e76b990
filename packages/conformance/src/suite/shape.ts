import {
  type Bits,
  declOf,
  type Field,
  type Layout,
  resolveTypedefs,
  type StructDecl,
  sizeOf,
  type TypeId,
  type TypeRef,
  type UnionDecl,
} from "@lbc/core/layout";
import type { Scalar } from "./leaf.ts";

/** What a testee walks: the layout without typedefs, with anonymous members where C reaches them. */
export type Node =
  | { readonly kind: "scalar"; readonly scalar: Scalar; readonly bytes: number }
  | { readonly kind: "array"; readonly element: Node; readonly length: number }
  | { readonly kind: "composite"; readonly id: TypeId };

/** A named member of a struct or union, or of an anonymous one in it. */
export interface ShapeMember {
  readonly name: string;
  readonly member: Field | Bits;
  /** From the start of the struct or union that it is reached through, in bits. */
  readonly bitOffset: number;
  readonly bitSize: number;
  readonly node: Node;
}

export type Shapes = ReadonlyMap<TypeId, readonly ShapeMember[]>;

/** The members of every struct and union of a layout, in order of declaration. */
export function shapesOf(layout: Layout): Shapes {
  const composites = layout.types.filter((decl) => decl.kind === "struct" || decl.kind === "union");
  return new Map(composites.map((decl) => [decl.id, membersOf(layout, decl, 0)]));
}

function membersOf(layout: Layout, decl: StructDecl | UnionDecl, base: number): ShapeMember[] {
  return decl.members.flatMap((member): ShapeMember[] => {
    if (member.kind === "padding") return [];
    if (member.kind === "bits") {
      if (member.name === null) return [];
      const { name, bitSize } = member;
      return [{ name, member, bitOffset: base + member.bitOffset, bitSize, node: bitsNode(layout, member) }];
    }
    const bitOffset = base + 8 * member.offset;
    if (member.name !== null) {
      return [{ name: member.name, member, bitOffset, bitSize: 8 * member.size, node: nodeOf(layout, member.type) }];
    }
    const inner = resolveTypedefs(layout, member.type);
    const innerDecl = inner.kind === "named" ? declOf(layout, inner) : null;
    return innerDecl?.kind === "struct" || innerDecl?.kind === "union" ? membersOf(layout, innerDecl, bitOffset) : [];
  });
}

export function nodeOf(layout: Layout, ref: TypeRef): Node {
  const type = resolveTypedefs(layout, ref);
  if (type.kind === "named") {
    const decl = declOf(layout, type);
    if (decl.kind === "struct" || decl.kind === "union") return { kind: "composite", id: decl.id };
  }
  if (type.kind === "array" && !type.text && !isByte(layout, type.element)) {
    return { kind: "array", element: nodeOf(layout, type.element), length: type.length };
  }
  return { kind: "scalar", scalar: scalarOf(layout, type), bytes: sizeOf(layout, type) };
}

function bitsNode(layout: Layout, { type, signed }: Bits): Node {
  const scalar = scalarOf(layout, resolveTypedefs(layout, type));
  return { kind: "scalar", scalar: "signed" in scalar ? { ...scalar, signed } : scalar, bytes: sizeOf(layout, type) };
}

function scalarOf(layout: Layout, type: TypeRef): Scalar {
  switch (type.kind) {
    case "int":
      return type.role === "bool" ? { kind: "bool" } : { kind: "int", signed: type.signed };
    case "float":
      return type.bytes === 4 || type.bytes === 8 ? { kind: "float" } : { kind: "bytes", initializable: false };
    case "pointer":
      return { kind: "pointer" };
    case "array":
      return type.text ? { kind: "text" } : { kind: "bytes", initializable: true };
    case "named": {
      const decl = declOf(layout, type);
      if (decl.kind === "enum") return { kind: "enum", signed: decl.signed };
      throw new RangeError(`${decl.path} is no scalar`);
    }
  }
}

function isByte(layout: Layout, ref: TypeRef): boolean {
  const type = resolveTypedefs(layout, ref);
  return type.kind === "int" && type.bytes === 1 && !type.signed && type.role === "number";
}

/** A leaf as the layout has it; the order is that in which every testee prints. */
export interface LayoutLeaf {
  readonly path: string;
  readonly scalar: Scalar;
  readonly bitOffset: number;
  readonly bitSize: number;
}

/** The leaves of a type, for comparison with those of BTF. */
export function layoutLeaves(layout: Layout, shapes: Shapes, root: TypeId): LayoutLeaf[] {
  const walk = (node: Node, path: string, bitOffset: number, bitSize: number): LayoutLeaf[] => {
    if (node.kind === "scalar") return bitSize === 0 ? [] : [{ path, scalar: node.scalar, bitOffset, bitSize }];
    if (node.kind === "array") {
      const stride = node.length === 0 ? 0 : bitSize / node.length;
      return Array.from({ length: node.length }, (_, index) => index).flatMap((index) =>
        walk(node.element, `${path}[${index}]`, bitOffset + index * stride, stride),
      );
    }
    return (shapes.get(node.id) ?? []).flatMap((member) =>
      walk(member.node, `${path}.${member.name}`, bitOffset + member.bitOffset, member.bitSize),
    );
  };
  const decl = declOf(layout, { kind: "named", id: root });
  return walk({ kind: "composite", id: root }, "", 0, 8 * sizeOf(layout, { kind: "named", id: decl.id }));
}

/** Whether a node has no leaf: testees leave such members out. */
export const isEmpty = (node: Node, shapes: Shapes): boolean => leafCount(node, shapes) === 0;

export function leafCount(node: Node, shapes: Shapes): number {
  if (node.kind === "scalar") return node.bytes === 0 ? 0 : 1;
  if (node.kind === "array") return node.length * leafCount(node.element, shapes);
  return (shapes.get(node.id) ?? []).reduce((sum, member) => sum + leafCount(member.node, shapes), 0);
}
