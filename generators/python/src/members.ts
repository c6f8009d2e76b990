import { type FieldLeaf, type Leaf, leavesOf, type SpecialField, type StructDecl, type UnionDecl } from "@lbc/core/layout";
import { assignment, call, type Expression, flat, statement, subscript, width } from "./expressions.ts";
import { fieldNames } from "./names.ts";
import { docString } from "./strings.ts";
import { annotation, bitsCodec, codec, type TypeNames } from "./types.ts";

/** One attribute of a class. */
export interface FieldView {
  /** The assignment, indented by four spaces in the file. */
  readonly line: string;
  readonly doc: string | null;
  /** `name: type = ...,`, for `__init__`. */
  readonly parameter: string;
}

/** A class whose attributes are fields. */
export interface ClassView {
  readonly header: string;
  readonly doc: string;
  readonly fields: readonly FieldView[];
}

/** (start, end) of each run of bytes that no range covers; the runtime finds the same from its codecs, or refuses the class. */
export function gaps(ranges: readonly (readonly [start: number, size: number])[], size: number): [number, number][] {
  const found: [number, number][] = [];
  let covered = 0;
  for (const [start, bytes] of ranges.toSorted(([a, aSize], [b, bSize]) => a - b || aSize - bSize)) {
    if (start > covered) found.push([covered, start]);
    covered = Math.max(covered, start + bytes);
  }
  if (covered < size) found.push([covered, size]);
  return found;
}

/** `class Name(base, size=…, padding=…):`, as ruff's formatter has it. */
export function classHeader(name: string, base: string, size: number, padding: readonly (readonly [number, number])[]): string {
  const pairs = padding.map(([start, end]) => `(${start}, ${end})`);
  const args = [base, `size=${size}`];
  const tuple = `padding=(${pairs.join(", ")}${pairs.length === 1 ? "," : ""})`;
  const whole = statement(0, "class ", call(name, ...args, ...(pairs.length === 0 ? [] : [tuple])), ":");
  if (pairs.length === 0 || whole.split("\n").every((line) => line.length <= width)) return whole;
  if (tuple.length + 5 <= width) return `class ${name}(\n    ${[...args, tuple].join(",\n    ")},\n):`;
  const lines = pairs.map((pair) => `        ${pair},\n`).join("");
  return `class ${name}(\n    ${args.join(",\n    ")},\n    padding=(\n${lines}    ),\n):`;
}

/** The class of a struct or union. */
export function structClass(names: TypeNames, decl: StructDecl | UnionDecl): ClassView {
  const leaves = leavesOf(names.layout, decl);
  const ranges = leaves.map(({ offset, size }): [number, number] => [offset, size]);
  const tag = decl.name === null ? decl.path : `${decl.kind} ${decl.name}`;
  const base = `${names.order}.${decl.kind === "struct" ? "Struct" : "Union"}`;
  return {
    header: classHeader(names.classes.get(decl.id) ?? "", base, decl.size, gaps(ranges, decl.size)),
    doc: docString(4, decl.doc ?? `\`\`${tag}\`\`, ${bytes(decl.size)}.`),
    fields: views(names, leaves),
  };
}

/** Attributes of a class. */
export function views(names: TypeNames, leaves: readonly AttributeLeaf[]): FieldView[] {
  const attributes = fieldNames(
    leaves.map((leaf) => leaf.name),
    [names.order, ...names.classes.values()],
  );
  return leaves.map((leaf, index) => fieldView(names, attributes[index] ?? "", leaf));
}

/** What an attribute is made from: a member, or a variable. */
export type AttributeLeaf =
  | Exclude<Leaf, FieldLeaf>
  | (Pick<FieldLeaf, "kind" | "name" | "offset" | "type" | "doc"> & { readonly member: Pick<FieldLeaf["member"], "flexible" | "special"> });

function fieldView(names: TypeNames, name: string, leaf: AttributeLeaf): FieldView {
  const doc = leaf.doc ?? (leaf.kind === "field" ? special(leaf.member.special) : null);
  const type = leaf.kind === "bits" ? leaf.member.type : leaf.type;
  const parameter = subscript(12, `${name}: `, annotation(names, type), " = ...,");
  return { line: attribute(names, name, leaf), doc: doc === null ? null : docString(4, doc), parameter };
}

function attribute(names: TypeNames, name: string, leaf: AttributeLeaf): string {
  if (leaf.kind === "bits") {
    const { type, signed, shift, bitSize } = leaf.member;
    return placed(name, bitsCodec(names, type, signed), "bits", `${leaf.offset}`, `${leaf.size}`, `shift=${shift}`, `size=${bitSize}`);
  }
  const type = codec(names, leaf.type);
  return placed(name, leaf.member.flexible ? call(`${names.order}.flexible`, type) : type, "at", `${leaf.offset}`);
}

function placed(name: string, codec: Expression, method: string, ...place: readonly string[]): string {
  const whole = call(`${flat(codec)}.${method}`, ...place);
  return assignment(
    4,
    name,
    typeof codec === "string" ? { call: whole } : { call: whole, first: [codec, `.${method}(${place.join(", ")})`] },
  );
}

function special(kind: SpecialField | null): string | null {
  return kind === null ? null : `The kernel's own (${kind.replace("_", " ")}): reads as zeros, writes do not reach it.`;
}

export const bytes = (size: number): string => (size === 1 ? "1 byte" : `${size} bytes`);
