import {
  declOf,
  type EnumDecl,
  isOwnName,
  type Layout,
  type Member,
  type StructDecl,
  type TypeDecl,
  type TypeRef,
  type UnionDecl,
} from "@lbc/core/layout";
import { cType, declName } from "./c-type.ts";
import type { Style } from "./style.ts";
import { type Cell, comment, plural, table } from "./text.ts";

type Composite = StructDecl | UnionDecl;

/** Declarations as pahole shows them, a blank line between two: offset and size in front of every member, gaps included. */
export function renderTypes(layout: Layout, style: Style): string[] {
  const shown = new Set(layout.types.filter((decl) => !isInline(layout, decl)));
  const bodies = [...shown].filter((decl) => decl.kind !== "typedef").flatMap((decl) => [...renderDecl(layout, decl, style), ""]);
  const typedefs = layout.types.filter((decl) => decl.kind === "typedef" && !isOwnName(layout, decl));
  const lines = typedefs.map((decl): Cell[] => [
    { text: declName(decl), paint: style.type },
    { text: decl.kind === "typedef" ? cType(layout, decl.type) : "" },
    { text: comment(decl.doc), paint: style.dim },
  ]);
  return lines.length === 0 ? bodies.slice(0, -1) : [...bodies, "  typedefs", ...table(lines, 4)];
}

/** An anonymous struct or union without a typedef stands where it is used, as in the source. */
function isInline(layout: Layout, decl: TypeDecl): boolean {
  if ((decl.kind !== "struct" && decl.kind !== "union") || decl.name !== null) return false;
  const holders = layout.types.filter((other) => other.kind === "struct" || other.kind === "union");
  return !typedefOf(layout, decl) && holders.some((holder) => holder.members.some((member) => memberDecl(layout, member) === decl));
}

const typedefOf = (layout: Layout, decl: TypeDecl): TypeDecl | undefined =>
  layout.types.find((other) => other.kind === "typedef" && other.type.kind === "named" && other.type.id === decl.id);

function memberDecl(layout: Layout, member: Member): TypeDecl | null {
  if (member.kind === "padding") return null;
  const element = elementOf(member.type);
  return element.kind === "named" ? declOf(layout, element) : null;
}

const elementOf = (ref: TypeRef): TypeRef => (ref.kind === "array" ? elementOf(ref.element) : ref);

function renderDecl(layout: Layout, decl: TypeDecl, style: Style): string[] {
  const doc = decl.doc === null ? [] : decl.doc.split("\n").map((line) => style.dim(`  /* ${line} */`));
  switch (decl.kind) {
    case "typedef":
      return [];
    case "enum":
      return [...doc, ...renderEnum(layout, decl, style)];
    default:
      return [
        ...doc,
        `  ${style.type(titleOf(layout, decl))} {  ${style.dim(factsOf(decl))}`,
        ...table(rowsOf(layout, decl, style, 0, 0), 4),
        "  }",
      ];
  }
}

/** `struct event`, or `typedef struct event_t` for an anonymous one. */
function titleOf(layout: Layout, decl: Composite | EnumDecl): string {
  const typedef = decl.name === null ? typedefOf(layout, decl) : undefined;
  return typedef === undefined ? declName(decl) : `typedef ${decl.kind} ${decl.path}`;
}

function factsOf({ size, align, shape, kind }: Composite): string {
  const facts = [
    plural(size, "byte"),
    `align ${align}`,
    shape.packed ? "packed" : "",
    shape.explicitAlign ? "explicit alignment" : "",
    shape.misaligned && !shape.packed ? "contains misaligned members" : "",
  ];
  return `/* ${facts.filter((fact) => fact !== "").join(", ")}${kind === "union" ? ", all at one place" : ""} */`;
}

/** One row a member: offset from the outermost struct, size or bit range, declaration, remark. */
function rowsOf(layout: Layout, decl: Composite, style: Style, base: number, depth: number): Cell[][] {
  return decl.members.flatMap((member, index): Cell[][] => {
    const indent = "  ".repeat(depth);
    if (member.kind === "padding") {
      const gap = index === decl.members.length - 1 ? "padding" : "hole";
      const what = { text: `${indent}/* ${gap} */`, paint: style.dim };
      return [[number(base + member.offset, style), number(member.size, style), what]];
    }
    const inner = memberDecl(layout, member);
    if (member.kind === "field" && inner !== null && isInline(layout, inner) && (inner.kind === "struct" || inner.kind === "union")) {
      const suffix = dimensions(member.type);
      return [
        [number(base + member.offset, style), number(member.size, style), { text: `${indent}${inner.kind} {` }],
        ...rowsOf(layout, inner, style, base + member.offset, depth + 1),
        [{ text: "" }, { text: "" }, { text: `${indent}}${member.name === null ? "" : ` ${member.name}${suffix}`};` }],
      ];
    }
    return [memberRow(layout, member, style, base, indent)];
  });
}

const dimensions = (ref: TypeRef): string => (ref.kind === "array" ? `[${ref.length || ""}]${dimensions(ref.element)}` : "");

const number = (value: number, style: Style): Cell => ({ text: String(value), paint: style.dim, alignRight: true });

function memberRow(layout: Layout, member: Exclude<Member, { kind: "padding" }>, style: Style, base: number, indent: string): Cell[] {
  const declared = cType(layout, member.type, member.name ?? "");
  const remark: Cell = { text: remarkOf(member), paint: style.dim };
  if (member.kind === "field") {
    return [number(base + member.offset, style), number(member.size, style), { text: `${indent}${declared};` }, remark];
  }
  const first = member.bitOffset % 8;
  const last = first + member.bitSize - 1;
  const range: Cell = { text: first === last ? `bit ${first}` : `bits ${first}-${last}`, paint: style.dim, alignRight: true };
  return [number(base + Math.floor(member.bitOffset / 8), style), range, { text: `${indent}${declared}:${member.bitSize};` }, remark];
}

function remarkOf(member: Exclude<Member, { kind: "padding" }>): string {
  const remarks = [member.doc ?? ""];
  if (member.kind === "field") {
    if (member.special !== null) remarks.push(`the kernel's own: ${member.special}`);
    if (!member.aligned) remarks.push("misaligned");
    if (member.flexible) remarks.push("as long as the record");
  }
  return comment(remarks.filter((remark) => remark !== "").join("; "));
}

function renderEnum(layout: Layout, decl: EnumDecl, style: Style): string[] {
  const facts = `/* ${plural(decl.bytes, "byte")}, ${decl.signed ? "signed" : "unsigned"} */`;
  const rows = decl.values.map(({ name, value }): Cell[] => [{ text: name }, { text: `= ${value}` }]);
  return [`  ${style.type(titleOf(layout, decl))} {  ${style.dim(facts)}`, ...table(rows, 4), "  }"];
}
