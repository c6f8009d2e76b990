import { assertNever, declOf, type EnumDecl, isByte, type Layout, resolveTypedefs, type TypeRef } from "@lbc/core/layout";
import { call, type Expression } from "./expressions.ts";

/** Python names of the layout's structs, unions and enums, and the module whose codecs have the object's byte order. */
export interface TypeNames {
  readonly layout: Pick<Layout, "types">;
  /** By type id. */
  readonly classes: ReadonlyMap<number, string>;
  /** `le` or `be`. */
  readonly order: string;
}

/** The codec of a type, as an expression, such as `le.array(le.u32, 4)`. */
export function codec(names: TypeNames, ref: TypeRef): Expression {
  const { layout, order } = names;
  const type = resolveTypedefs(layout, ref);
  switch (type.kind) {
    case "int":
      return `${order}.${type.role === "bool" ? `bool${8 * type.bytes}` : integer(type.bytes, type.signed)}`;
    case "float":
      return type.bytes === 12 || type.bytes === 16 ? call(`${order}.raw`, `${type.bytes}`) : `${order}.f${8 * type.bytes}`;
    case "pointer":
      return `${order}.pointer`;
    case "array":
      if (type.text) return call(`${order}.text`, `${type.length}`);
      if (isByte(layout, type.element)) return call(`${order}.raw`, `${type.length}`);
      return call(`${order}.array`, codec(names, type.element), `${type.length}`);
    case "named": {
      const decl = declOf(layout, type);
      if (decl.kind === "enum") return enumCodec(names, decl, decl.signed);
      return call(`${order}.struct`, className(names, decl.id));
    }
    default:
      return assertNever(type);
  }
}

/** The codec of a bit-field's type: its sign is the field's, which may differ from the type's. */
export function bitsCodec(names: TypeNames, ref: TypeRef, signed: boolean): Expression {
  const type = resolveTypedefs(names.layout, ref);
  if (type.kind === "named") {
    const decl = declOf(names.layout, type);
    if (decl.kind === "enum") return enumCodec(names, decl, signed);
  }
  if (type.kind === "int" && type.role !== "bool") return `${names.order}.${integer(type.bytes, signed)}`;
  return codec(names, ref);
}

/** What a type checker is told of a value of the type. */
export function annotation(names: TypeNames, ref: TypeRef): string {
  const { layout } = names;
  const type = resolveTypedefs(layout, ref);
  switch (type.kind) {
    case "int":
      return type.role === "bool" ? "bool" : "int";
    case "float":
      return type.bytes === 12 || type.bytes === 16 ? "bytes" : "float";
    case "pointer":
      return "int";
    case "array":
      if (type.text) return "str";
      return isByte(layout, type.element) ? "bytes" : `Sequence[${annotation(names, type.element)}]`;
    case "named": {
      const decl = declOf(layout, type);
      return decl.kind === "enum" && decl.values.length === 0 ? "int" : className(names, decl.id);
    }
    default:
      return assertNever(type);
  }
}

const integer = (bytes: number, signed: boolean): string => `${signed ? "s" : "u"}${8 * bytes}`;

/** Python has no enum without members that could still hold a number: such a one is an integer. */
function enumCodec(names: TypeNames, decl: EnumDecl, signed: boolean): Expression {
  const storage = `${names.order}.${integer(decl.bytes, signed)}`;
  return decl.values.length === 0 ? storage : call(`${names.order}.enum`, className(names, decl.id), storage);
}

function className(names: TypeNames, id: number): string {
  const name = names.classes.get(id);
  if (name === undefined) throw new RangeError(`type id ${id} has no class`);
  return name;
}
