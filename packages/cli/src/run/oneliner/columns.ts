import type { Layout } from "@lbc/core/layout";
import { type CType, chars, scalar } from "./builtins.ts";
import { type Piece, slice, tokens } from "./tokens.ts";

/** What may stand in an expression that only leads to a value: `ctx->args[1]`, `BPF_CORE_READ(task, mm, total_vm)`. */
const pathPunctuators: ReadonlySet<string> = new Set([".", "->", "[", "]", "(", ")", ",", "*", "&"]);
/** Words of C that name no value. */
const keywords: ReadonlySet<string> = new Set(
  "auto break case char const continue default do double else enum extern float for goto if inline int long register restrict return short signed sizeof static struct switch typedef union unsigned void volatile while bool true false asm typeof".split(
    " ",
  ),
);

/** An argument of emit() or a key, with the name that it was given: `size = args->ret`. */
export function splitName(piece: Piece): { readonly name: string | null; readonly expression: Piece } {
  const [first, second] = tokens(piece.text);
  if (first?.kind !== "identifier" || second?.text !== "=") return { name: null, expression: piece };
  return { name: first.text, expression: slice(piece, second.end, piece.text.length) };
}

/** What a column is called: the last name of a path, else `value`. `arguments_` are the names of a system call's. */
export function columnName(expression: string, arguments_: readonly string[]): string {
  const all = [...tokens(expression)].filter(({ kind }) => kind !== "comment");
  const isPath = all.every(({ kind, text }) => kind === "identifier" || kind === "number" || pathPunctuators.has(text));
  const last = all.findLast(({ kind, text }) => kind === "identifier" && !keywords.has(text))?.text;
  if (!isPath || last === undefined) return "value";
  const index = /\[(\d+)\]\s*\)*$/.exec(expression)?.[1];
  if (index === undefined) return last;
  return (last === "args" ? arguments_[Number(index)] : undefined) ?? `${last}_${index}`;
}

/** Begins what C calls a column whose own name is a word of C, or may be a macro there. */
const columnPrefix = "lbc_column_";

/** What C calls a column; `macros` are those of the text, and upper case is that of others' macros. */
export function memberName(column: string, macros: ReadonlySet<string>): string {
  const isMacro = macros.has(column) || /^[A-Z_][A-Z0-9_]*$/.test(column);
  return isMacro || isKeyword(column) ? `${columnPrefix}${column}` : column;
}

export const isKeyword = (name: string): boolean => keywords.has(name);

/** A layout in which columns have their own names again. */
export function withColumnNames(layout: Layout): Layout {
  const named = <Named extends { readonly name: string | null }>(member: Named): Named =>
    member.name?.startsWith(columnPrefix) === true ? { ...member, name: member.name.slice(columnPrefix.length) } : member;
  const types = layout.types.map((type) =>
    type.kind === "struct"
      ? { ...type, members: type.members.map((member) => (member.kind === "padding" ? member : named(member))) }
      : type,
  );
  return { ...layout, types };
}

/** The type of a literal; null for every other expression. */
export function literalType(expression: string): CType | null {
  const [first, second] = tokens(expression);
  if (first === undefined || second !== undefined) return null;
  if (first.kind === "number") return scalar(/u/i.test(first.text) ? "u64" : "s64");
  // Each escape is one character of the string, or more: the rest stays zero.
  return first.kind === "string" ? chars(new TextEncoder().encode(first.text).length - 1) : null;
}

/** `name`, or `name_2` where it is taken; the name is taken from then on. */
export function unique(name: string, taken: Set<string>): string {
  let candidate = name;
  for (let number = 2; taken.has(candidate); number++) candidate = `${name}_${number}`;
  taken.add(candidate);
  return candidate;
}
