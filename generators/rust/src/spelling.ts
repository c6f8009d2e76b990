import { assertNever, declOf, type Layout, type NamedRef, resolveTypedefs, type TypeId, type TypeRef } from "@lbc/core/layout";

/** What spelling a type depends on. */
export interface TypeContext {
  readonly layout: Layout;
  /** The Rust name of every struct, union and enum. */
  readonly names: ReadonlyMap<TypeId, string>;
}

/** Numbers of an object for a big-endian target say so in their type. */
export function numberType(context: TypeContext, plain: string): string {
  return context.layout.object.endianness === "big" && !/^[ui]8$/.test(plain) ? `rlbc::Be<${plain}>` : plain;
}

/** The name of a Rust integer. */
export const integerName = (bytes: number, signed: boolean): string => `${signed ? "i" : "u"}${bytes * 8}`;

/** How Rust spells a type. Typedefs are seen through; a float that Rust lacks is its bytes. */
export function rustType(context: TypeContext, ref: TypeRef): string {
  switch (ref.kind) {
    case "int":
      return ref.role === "bool" && ref.bytes === 1 ? "rlbc::Bool" : numberType(context, integerName(ref.bytes, ref.signed));
    case "float":
      return ref.bytes === 4 || ref.bytes === 8 ? numberType(context, `f${ref.bytes * 8}`) : `[u8; ${ref.bytes}]`;
    case "pointer":
      return numberType(context, "rlbc::Address");
    case "array":
      return ref.text ? `rlbc::Text<${ref.length}>` : `[${rustType(context, ref.element)}; ${ref.length}]`;
    case "named": {
      const resolved = resolveTypedefs(context.layout, ref);
      return resolved.kind === "named" ? typeName(context, resolved) : rustType(context, resolved);
    }
    default:
      return assertNever(ref);
  }
}

function typeName(context: TypeContext, ref: NamedRef): string {
  const name = context.names.get(ref.id);
  if (name === undefined) throw new RangeError(`type ${declOf(context.layout, ref).path} has no name`);
  return name;
}

/** The alignment that Rust gives to the spelled type, in bytes. */
export function rustAlign(context: TypeContext, ref: TypeRef): number {
  switch (ref.kind) {
    case "int":
      return ref.bytes;
    case "float":
      return ref.bytes === 4 || ref.bytes === 8 ? ref.bytes : 1;
    case "pointer":
      return 8;
    case "array":
      return ref.text ? 1 : rustAlign(context, ref.element);
    case "named": {
      const decl = declOf(context.layout, ref);
      if (decl.kind === "typedef") return rustAlign(context, decl.type);
      return decl.kind === "enum" ? decl.bytes : decl.align;
    }
    default:
      return assertNever(ref);
  }
}

/** Whether values can be compared and hashed: floats cannot. */
export function hasFloat(context: TypeContext, ref: TypeRef): boolean {
  switch (ref.kind) {
    case "int":
    case "pointer":
      return false;
    case "float":
      return ref.bytes === 4 || ref.bytes === 8;
    case "array":
      return hasFloat(context, ref.element);
    case "named": {
      const decl = declOf(context.layout, ref);
      if (decl.kind === "typedef") return hasFloat(context, decl.type);
      return decl.kind !== "enum" && decl.members.some((member) => member.kind === "field" && hasFloat(context, member.type));
    }
    default:
      return assertNever(ref);
  }
}
