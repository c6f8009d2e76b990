import { assertNever, declOf, type EnumDecl, type Layout, resolveTypedefs, type TypeId, type TypeRef } from "@lbc/core/layout";

/** What is needed to spell a type: the layout and the Go names that were given to its types. */
export interface TypeContext {
  readonly layout: Pick<Layout, "types" | "object">;
  readonly names: ReadonlyMap<TypeId, string>;
}

export const integerName = (bytes: number, signed: boolean): string =>
  bytes === 16 ? `golbc.${signed ? "Int128" : "Uint128"}` : `${signed ? "int" : "uint"}${8 * bytes}`;

/** The Go type of a C type; it has the same bytes. */
export function goType(context: TypeContext, ref: TypeRef): string {
  const type = resolveTypedefs(context.layout, ref);
  switch (type.kind) {
    case "int":
      return type.role === "bool" && type.bytes === 1 ? "bool" : integerName(type.bytes, type.signed);
    case "float":
      return type.bytes === 4 || type.bytes === 8 ? `float${8 * type.bytes}` : bytesType(type.bytes);
    case "pointer":
      return "golbc.Pointer";
    case "array":
      return type.text ? `golbc.CString[${bytesType(type.length)}]` : `[${type.length}]${goType(context, type.element)}`;
    case "named":
      return typeName(context, type.id);
    default:
      return assertNever(type);
  }
}

export const bytesType = (size: number): string => `[${size}]byte`;

export function typeName(context: TypeContext, id: TypeId): string {
  const name = context.names.get(id);
  if (name === undefined) throw new RangeError(`type id ${id} has no name`);
  return name;
}

/** Width of a type that encoding/binary reads and writes by itself: an integer, enum or pointer of 2, 4 or 8 bytes; null for others. */
export function integerBits(context: TypeContext, ref: TypeRef): 16 | 32 | 64 | null {
  const type = resolveTypedefs(context.layout, ref);
  if (type.kind === "pointer") return 64;
  const bytes = type.kind === "int" ? type.bytes : (enumOf(context, type)?.bytes ?? 1);
  return bytes === 2 || bytes === 4 || bytes === 8 ? ((8 * bytes) as 16 | 32 | 64) : null;
}

/** The enum behind a reference, if it is one. */
export function enumOf(context: TypeContext, ref: TypeRef): EnumDecl | null {
  const type = resolveTypedefs(context.layout, ref);
  if (type.kind !== "named") return null;
  const decl = declOf(context.layout, type);
  return decl.kind === "enum" ? decl : null;
}

/** The byte order of the object, as a Go expression. */
export const byteOrder = (context: TypeContext): string =>
  context.layout.object.endianness === "little" ? "binary.LittleEndian" : "binary.BigEndian";
