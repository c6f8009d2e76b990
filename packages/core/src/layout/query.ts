import { scalarAlignment } from "../btf/index.ts";
import { assertNever } from "../errors.ts";
import type { Layout, NamedRef, TypeDecl, TypedefDecl, TypeRef } from "./types.ts";

/** The declaration that a named reference points to. */
export function declOf(layout: Pick<Layout, "types">, ref: NamedRef): TypeDecl {
  const decl = layout.types[ref.id];
  if (decl === undefined) throw new RangeError(`type id ${ref.id} is not in the layout`);
  return decl;
}

/** Sees through typedefs. */
export function resolveTypedefs(layout: Pick<Layout, "types">, ref: TypeRef): TypeRef {
  let current = ref;
  while (current.kind === "named") {
    const decl = declOf(layout, current);
    if (decl.kind !== "typedef") return current;
    current = decl.type;
  }
  return current;
}

/** Whether a typedef only repeats the name of its type, as in `typedef struct { … } event;`: one namespace for types needs no alias then. */
export function isOwnName(layout: Pick<Layout, "types">, typedef: TypedefDecl): boolean {
  return typedef.type.kind === "named" && declOf(layout, typedef.type).path === typedef.name;
}

/** Whether a type is u8 in any spelling: an array of it is bytes, where an array of char is text. */
export function isByte(layout: Pick<Layout, "types">, ref: TypeRef): boolean {
  const type = resolveTypedefs(layout, ref);
  return type.kind === "int" && type.bytes === 1 && !type.signed && type.role === "number";
}

/** Size in bytes. */
export function sizeOf(layout: Pick<Layout, "types">, ref: TypeRef): number {
  switch (ref.kind) {
    case "int":
    case "float":
      return ref.bytes;
    case "pointer":
      return 8;
    case "array":
      return ref.length * sizeOf(layout, ref.element);
    case "named": {
      const decl = declOf(layout, ref);
      if (decl.kind === "typedef") return sizeOf(layout, decl.type);
      return decl.kind === "enum" ? decl.bytes : decl.size;
    }
    default:
      return assertNever(ref);
  }
}

/** Natural alignment in bytes, as clang lays the type out for BPF. */
export function alignOf(layout: Pick<Layout, "types">, ref: TypeRef): number {
  switch (ref.kind) {
    case "int":
    case "float":
      return scalarAlignment(ref.bytes);
    case "pointer":
      return 8;
    case "array":
      return alignOf(layout, ref.element);
    case "named": {
      const decl = declOf(layout, ref);
      if (decl.kind === "typedef") return alignOf(layout, decl.type);
      return decl.kind === "enum" ? decl.bytes : decl.align;
    }
    default:
      return assertNever(ref);
  }
}
