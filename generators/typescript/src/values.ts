import { type ArrayRef, assertNever, declOf, type IntRef, isByte, resolveTypedefs, sizeOf, type TypeRef } from "@lbc/core/layout";
import type { Scope } from "./scope.ts";

/** Where a value lies, as expressions of the generated code. */
export interface Place {
  readonly view: string;
  readonly offset: string;
  /** Accessors give views of the same memory; codecs give copies. */
  readonly live: boolean;
  /** How many arrays the value is inside of. */
  readonly depth: number;
  /** The member, for errors; null where there is none. */
  readonly field: string | null;
}

/** `, "pid"`, the argument that tells errors of a value where it stands. */
export const fieldArgument = ({ field }: Place): string => (field === null ? "" : `, ${JSON.stringify(field)}`);

/** `offset + 8`. */
export function shifted(place: Place, bytes: number): Place {
  return bytes === 0 ? place : { ...place, offset: `${place.offset} + ${bytes}` };
}

/** How JavaScript sees a C type, once typedefs are seen through. */
type Form =
  | { readonly kind: "number" | "bigint" | "exact" | "boolean" | "int128"; readonly int: IntRef }
  | { readonly kind: "float"; readonly bytes: 4 | 8 }
  | { readonly kind: "bytes"; readonly length: number }
  | { readonly kind: "text"; readonly length: number }
  | { readonly kind: "array"; readonly array: ArrayRef }
  | { readonly kind: "enum"; readonly int: IntRef; readonly name: string }
  | { readonly kind: "struct" | "view"; readonly name: string };

const address: IntRef = { kind: "int", bytes: 8, signed: false, role: "number" };

export function formOf(scope: Scope, type: TypeRef): Form {
  const ref = resolveTypedefs(scope.layout, type);
  switch (ref.kind) {
    case "int":
      return { kind: intKind(scope, ref), int: ref };
    case "float":
      // No DataView method reads a long double; its bytes stay exact.
      return ref.bytes === 4 || ref.bytes === 8 ? { kind: "float", bytes: ref.bytes } : { kind: "bytes", length: ref.bytes };
    case "pointer":
      return { kind: "bigint", int: address };
    case "array":
      if (ref.text) return { kind: "text", length: ref.length };
      return isByte(scope.layout, ref.element) ? { kind: "bytes", length: ref.length } : { kind: "array", array: ref };
    case "named": {
      const decl = declOf(scope.layout, ref);
      const name = scope.names.types.get(decl.id) ?? "";
      if (decl.kind === "typedef") return formOf(scope, decl.type);
      if (decl.kind === "enum") {
        return { kind: "enum", name, int: { kind: "int", bytes: decl.bytes, signed: decl.signed, role: "number" } };
      }
      return { kind: scope.names.views.has(decl.id) ? "view" : "struct", name };
    }
    default:
      return assertNever(ref);
  }
}

/** `exact` are integers of 64 bits as numbers; addresses, which are opaque, never are. */
function intKind(scope: Scope, int: IntRef): "number" | "bigint" | "exact" | "boolean" | "int128" {
  if (int.role === "bool" && int.bytes === 1) return "boolean";
  if (int.bytes === 16) return "int128";
  if (int.bytes === 8) return scope.exactNumbers ? "exact" : "bigint";
  return "number";
}

/** The TypeScript type of a value. */
export function typeText(scope: Scope, type: TypeRef): string {
  const form = formOf(scope, type);
  switch (form.kind) {
    case "number":
    case "exact":
    case "float":
      return "number";
    case "bigint":
    case "int128":
      return "bigint";
    case "boolean":
      return "boolean";
    case "bytes":
      return "Uint8Array";
    case "text":
      return "string";
    case "array": {
      const element = typeText(scope, form.array.element);
      return `readonly ${element.startsWith("readonly ") ? `(${element})` : element}[]`;
    }
    case "enum":
    case "struct":
    case "view":
      return form.name;
    default:
      return assertNever(form);
  }
}

const accessor = (int: IntRef): string => `${int.bytes === 8 ? "Big" : ""}${int.signed ? "Int" : "Uint"}${int.bytes * 8}`;
/** `, true` for what has a byte order. */
const order = (scope: Scope, bytes: number): string => (bytes === 1 ? "" : `, ${isLittle(scope)}`);
export const isLittle = (scope: Scope): boolean => scope.layout.object.endianness === "little";

function readInt(scope: Scope, int: IntRef, { view, offset }: Place): string {
  if (int.bytes === 16) return `${scope.use("readBits")}(${view}, ${offset}, ${wholeInt128}, ${int.signed}, ${isLittle(scope)})`;
  return `${view}.get${accessor(int)}(${offset}${order(scope, int.bytes)})`;
}

function writeInt(scope: Scope, int: IntRef, value: string, place: Place): string {
  return putInt(scope, int, fitted(scope, value, int.signed, int.bytes * 8, place), place);
}

/** An expression for a value that was checked to fit in its bits. */
export function fitted(scope: Scope, value: string, isSigned: boolean, bits: number, place: Place): string {
  return `${scope.use(isSigned ? "signed" : "unsigned")}(${value}, ${bits}${fieldArgument(place)})`;
}

function putInt(scope: Scope, int: IntRef, value: string, { view, offset }: Place): string {
  if (int.bytes === 16) return `${scope.use("writeBits")}(${value}, ${view}, ${offset}, ${wholeInt128}, ${isLittle(scope)})`;
  return `${view}.set${accessor(int)}(${offset}, ${value}${order(scope, int.bytes)})`;
}

const wholeInt128 = "{ bytes: 16, shift: 0, bits: 128 }";

/** An expression that reads a value; with `bytes`, one that goes on to the end of its record: an expression for how many bytes those are. */
export function readExpression(scope: Scope, type: TypeRef, place: Place, bytes?: string): string {
  const form = formOf(scope, type);
  const { view, offset } = place;
  switch (form.kind) {
    case "number":
    case "bigint":
    case "int128":
    case "enum":
      return readInt(scope, form.int, place);
    case "exact":
      return `${scope.use("exactNumber")}(${readInt(scope, form.int, place)}${fieldArgument(place)})`;
    case "boolean":
      return `${readInt(scope, form.int, place)} !== 0`;
    case "float":
      return `${view}.getFloat${form.bytes * 8}(${offset}${order(scope, form.bytes)})`;
    case "bytes":
      return `${scope.use("readBytes")}(${view}, ${offset}, ${bytes === undefined ? form.length : flexible(scope, bytes, 1)})`;
    case "text":
      return `${scope.use("readText")}(${view}, ${offset}, ${bytes === undefined ? form.length : flexible(scope, bytes, 1)})`;
    case "array": {
      const { element, length } = form.array;
      const { index, at } = inside(scope, form.array, place);
      const count = bytes === undefined ? `${length}` : flexible(scope, bytes, sizeOf(scope.layout, element));
      return `${scope.use("readArray")}(${count}, (${index}) => ${readExpression(scope, element, at)})`;
    }
    case "struct":
    case "view":
      if (form.kind === "view" && place.live) return `new ${form.name}(${view}, ${offset})`;
      return `${form.name}.decode(${[view, offset, ...(bytes === undefined ? [] : [bytes])].join(", ")})`;
    default:
      return assertNever(form);
  }
}

/** An expression that writes a value. */
export function writeExpression(scope: Scope, type: TypeRef, value: string, place: Place, isFlexibleArray = false): string {
  const form = formOf(scope, type);
  const { view, offset } = place;
  switch (form.kind) {
    case "number":
    case "bigint":
    case "int128":
    case "enum":
      return writeInt(scope, form.int, value, place);
    case "exact":
      return writeInt(scope, form.int, `${scope.use("exactBigInt")}(${value}${fieldArgument(place)})`, place);
    case "boolean":
      return putInt(scope, form.int, `${value} ? 1 : 0`, place);
    case "float":
      return `${view}.setFloat${form.bytes * 8}(${offset}, ${value}${order(scope, form.bytes)})`;
    case "bytes":
      return `${scope.use("writeBytes")}(${value}, ${view}, ${offset}, ${isFlexibleArray ? `${value}.length` : form.length})`;
    case "text":
      return `${scope.use("writeText")}(${value}, ${view}, ${offset}, ${isFlexibleArray ? `${view}.byteLength - (${offset})` : form.length})`;
    case "array": {
      const { index, item, at } = inside(scope, form.array, place);
      const count = isFlexibleArray ? `${value}.length` : form.array.length;
      const write = writeExpression(scope, form.array.element, item, at);
      return `${scope.use("writeArray")}(${value}, ${count}, (${item}, ${index}) => ${write})`;
    }
    case "struct":
    case "view":
      return `${form.name}.encode(${value}, ${view}, ${offset})`;
    default:
      return assertNever(form);
  }
}

/** The place of an array's element, and the names of the callback that visits it. */
function inside(scope: Scope, array: ArrayRef, place: Place): { index: string; item: string; at: Place } {
  const stride = sizeOf(scope.layout, array.element);
  const index = `i${place.depth === 0 ? "" : place.depth + 1}`;
  const step = stride === 1 ? index : `${stride} * ${index}`;
  return {
    index,
    item: `item${place.depth === 0 ? "" : place.depth + 1}`,
    at: { ...place, offset: `${place.offset} + ${step}`, depth: place.depth + 1 },
  };
}

function flexible(scope: Scope, bytes: string, elementSize: number): string {
  return `${scope.use("flexibleLength")}(${bytes}, ${elementSize})`;
}

/** An expression for a codec, such as a map's key has it. */
export function codecText(scope: Scope, type: TypeRef | null, size: number): string {
  if (type === null) return `${scope.use("bytes")}(${size})`;
  const form = formOf(scope, type);
  switch (form.kind) {
    case "number":
    case "bigint":
    case "enum":
      return scalarName(scope, `${form.int.signed ? "i" : "u"}${form.int.bytes * 8}`);
    case "float":
      return scalarName(scope, `f${form.bytes * 8}`);
    case "bytes":
      return `${scope.use("bytes")}(${form.length})`;
    case "text":
      return `${scope.use("text")}(${form.length})`;
    case "struct":
    case "view":
      return form.name;
    case "boolean":
      return scalarName(scope, "bool");
    case "exact":
    case "int128":
    case "array":
      return ownCodec(scope, type);
    default:
      return assertNever(form);
  }
}

function scalarName(scope: Scope, name: string): string {
  scope.use("scalars");
  scope.scalars.add(name);
  return name;
}

/** A codec of its own for what the runtime has none for: declared once, beside the scalars. */
function ownCodec(scope: Scope, type: TypeRef): string {
  const name = codecName(scope, type);
  const place: Place = { view: "view", offset: "offset", live: false, depth: 0, field: null };
  scope.codecs.set(
    name,
    [
      `const ${name}: ${scope.use("Codec")}<${typeText(scope, type)}> = {`,
      `  size: ${sizeOf(scope.layout, type)},`,
      `  decode: (view, offset) => ${readExpression(scope, type, place)},`,
      `  encode: (value, view, offset) => ${writeExpression(scope, type, "value", place)},`,
      "};",
    ].join("\n"),
  );
  return name;
}

/** `u32Array4`, `eventArray2`, `i128`: none is the name of a type, which begin with a capital, or of an import. */
function codecName(scope: Scope, type: TypeRef): string {
  const form = formOf(scope, type);
  switch (form.kind) {
    case "array":
      return `${codecName(scope, form.array.element)}Array${form.array.length}`;
    case "number":
    case "bigint":
    case "exact":
    case "int128":
      return `${form.int.signed ? "i" : "u"}${form.int.bytes * 8}`;
    case "float":
      return `f${form.bytes * 8}`;
    case "bytes":
    case "text":
      return `${form.kind}${form.length}`;
    case "boolean":
      return "bool";
    case "enum":
    case "struct":
    case "view":
      return `${form.name.charAt(0).toLowerCase()}${form.name.slice(1)}`;
    default:
      return assertNever(form);
  }
}
