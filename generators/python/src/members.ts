import { declOf, type Field, type Layout, type Member, resolveTypedefs, type StructDecl, type UnionDecl } from "@lbc/core/layout";
import { call, statement, subscript, width } from "./expressions.ts";
import { fieldNames } from "./names.ts";
import { docText } from "./strings.ts";
import { annotation, bitsCodec, codec, type TypeNames } from "./types.ts";

/** A named member, with its place in the outermost struct. */
type Placed = Exclude<Member, { kind: "padding" }> & { readonly name: string };

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

/** Members of anonymous structs and unions stand where those stand, as in C. */
export function flatten(layout: Pick<Layout, "types">, members: readonly Member[], base = 0): Placed[] {
  return members.flatMap((member): Placed[] => {
    if (member.kind === "padding") return [];
    if (member.kind === "bits") {
      const unit = { ...member.unit, offset: base + member.unit.offset };
      return member.name === null ? [] : [{ ...member, name: member.name, unit }];
    }
    const offset = base + member.offset;
    if (member.name !== null) return [{ ...member, name: member.name, offset }];
    const type = resolveTypedefs(layout, member.type);
    const decl = type.kind === "named" ? declOf(layout, type) : undefined;
    return decl?.kind === "struct" || decl?.kind === "union" ? flatten(layout, decl.members, offset) : [];
  });
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
  const lines = pairs.map((pair) => `        ${pair},\n`).join("");
  return `class ${name}(\n    ${args.join(",\n    ")},\n    padding=(\n${lines}    ),\n):`;
}

/** The class of a struct or union. */
export function structClass(names: TypeNames, decl: StructDecl | UnionDecl): ClassView {
  const members = flatten(names.layout, decl.members);
  const ranges = members.map((member): [number, number] =>
    member.kind === "bits" ? [member.unit.offset, member.unit.bytes] : [member.offset, member.size],
  );
  const tag = decl.name === null ? decl.path : `${decl.kind} ${decl.name}`;
  const base = `${names.order}.${decl.kind === "struct" ? "Struct" : "Union"}`;
  return {
    header: classHeader(names.classes.get(decl.id) ?? "", base, decl.size, gaps(ranges, decl.size)),
    doc: docText(decl.doc ?? `\`\`${tag}\`\`, ${bytes(decl.size)}.`),
    fields: views(
      names,
      members.map((member) => member.name),
      (index) => members[index] as Placed,
    ),
  };
}

/** Attributes of a class for members of these names. */
export function views(names: TypeNames, wanted: readonly string[], member: (index: number) => Placed): FieldView[] {
  const inUse = [names.order, ...names.classes.values()];
  return fieldNames(wanted, inUse).map((name, index) => fieldView(names, name, member(index)));
}

function fieldView(names: TypeNames, name: string, member: Placed): FieldView {
  const doc = member.doc === null ? special(member) : member.doc;
  const parameter = subscript(12, `${name}: `, annotation(names, member.type), " = ...,");
  return { line: assignment(name, member, names), doc: doc === null ? null : docText(doc), parameter };
}

function assignment(name: string, member: Placed, names: TypeNames): string {
  const type = member.kind === "bits" ? bitsCodec(names, member.type, member.signed) : codec(names, member.type);
  const whole = member.kind === "field" && member.flexible ? call(`${names.order}.flexible`, type) : type;
  const method = member.kind === "bits" ? "bits" : "at";
  const place =
    member.kind === "bits"
      ? [`${member.unit.offset}`, `${member.unit.bytes}`, `shift=${member.shift}`, `size=${member.bitSize}`]
      : [`${member.offset}`];
  // A codec that is a call breaks inside its own parentheses first.
  if (typeof whole !== "string") return statement(4, `${name} = `, whole, `.${method}(${place.join(", ")})`);
  return statement(4, `${name} = `, call(`${whole}.${method}`, ...place));
}

function special(member: Placed): string | null {
  const kind = (member as Partial<Field>).special ?? null;
  return kind === null ? null : `The kernel's own (${kind.replace("_", " ")}): reads as zeros, writes do not reach it.`;
}

export const bytes = (size: number): string => (size === 1 ? "1 byte" : `${size} bytes`);
