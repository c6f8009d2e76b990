import { assertNever, declOf, type EnumDecl, type Layout, type TypeRef } from "@lbc/core/layout";
import { printable } from "@lbc/emit";
import type { Composite, Leaf } from "./members.ts";

/** A doc comment from its lines, none where there are none: no line is blank, and none ends the comment. */
export function docs(...parts: readonly (string | null)[]): string[] {
  const lines = parts.flatMap((part) => inComment(part ?? "").split("\n")).map((line) => line.trim());
  const text = lines.filter((line) => line !== "").join("\n");
  return text === "" ? [] : [text];
}

/** What tools would take as an instruction is quoted. */
const inComment = (text: string): string =>
  printable(text)
    .replaceAll("*/", "* /")
    .replaceAll(/(?<!`)(?:@ts-[\w-]+|\b(?:biome|deno-lint|eslint|oxlint|prettier)-(?:ignore|disable|enable)[\w-]*)/g, "`$&`");

/** The same as lines of code. */
export function docComment(text: string | null): string[] {
  return docs(text).map((lines) => (lines.includes("\n") ? `/**\n * ${lines.replaceAll("\n", "\n * ")}\n */` : `/** ${lines} */`));
}

/** `struct event`, or for an anonymous type the place where it is used. */
export function titleOf(decl: Composite | EnumDecl): string {
  return `${decl.kind} ${decl.name ?? decl.path}`;
}

/** `struct event`, 296 bytes. */
export function describeType(decl: Composite | EnumDecl): string {
  return `\`${titleOf(decl)}\`, ${counted(decl.kind === "enum" ? decl.bytes : decl.size, "byte", "bytes")}`;
}

/** `1 bit.`, `2 bits.` */
export const counted = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}.`;

/** What a reader should know of a member beyond its TypeScript type. */
export function memberDoc(layout: Layout, leaf: Leaf): string[] {
  if (leaf.kind === "bits") return docs(leaf.doc, counted(leaf.member.bitSize, "bit", "bits"));
  return docs(
    leaf.doc,
    typeNote(layout, leaf.type),
    leaf.member.special === null
      ? null
      : `The kernel's own (${leaf.member.special}): reads as zeros, and what is written does not reach the kernel.`,
    leaf.member.flexible ? "As long as the record that holds it." : null,
  );
}

/** A note on a type that TypeScript cannot spell: where a pointer goes, which float the bytes are. */
function typeNote(layout: Layout, type: TypeRef): string | null {
  if (type.kind === "pointer") return `Address: \`${cType(layout, type)}\`.`;
  if (type.kind === "float" && type.bytes !== 4 && type.bytes !== 8) return `The bytes of a float of ${type.bytes} bytes.`;
  return null;
}

/** A C type as a person would write it, without a name: `struct task_struct *`, `u32[4]`. */
function cType(layout: Layout, type: TypeRef): string {
  switch (type.kind) {
    case "int":
      if (type.role !== "number") return type.role === "bool" ? "bool" : "char";
      return `${type.signed ? "s" : "u"}${type.bytes * 8}`;
    case "float":
      return type.bytes === 4 ? "float" : type.bytes === 8 ? "double" : `float${type.bytes * 8}`;
    case "pointer":
      return `${pointee(layout, type.to)} *`.replace(/\* \*$/, "**");
    case "array":
      return `${cType(layout, type.element)}[${type.length}]`;
    case "named": {
      const decl = declOf(layout, type);
      return decl.kind === "typedef" ? decl.name : decl.name === null ? decl.path : `${decl.kind} ${decl.name}`;
    }
    default:
      return assertNever(type);
  }
}

function pointee(layout: Layout, to: Extract<TypeRef, { kind: "pointer" }>["to"]): string {
  switch (to.kind) {
    case "void":
      return "void";
    case "function":
      return "function";
    case "incomplete":
      return [to.tag === "typedef" ? null : to.tag, to.name ?? "{}"].filter((part) => part !== null).join(" ");
    default:
      return cType(layout, to);
  }
}
