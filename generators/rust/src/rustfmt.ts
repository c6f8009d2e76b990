import { printable } from "@lbc/emit";
import { type Expression, flat, layOut, line, maxWidth, tab, within } from "./expressions.ts";

const step = " ".repeat(tab);

/** A statement without a semicolon, or the value of a block. */
export function value(indent: string, expression: Expression): string {
  return `${indent}${layOut(expression, line(indent.length)) ?? flat(expression)}`;
}

/** `expression;` */
export function statement(indent: string, expression: Expression): string {
  return `${indent}${layOut(expression, line(indent.length, 1)) ?? flat(expression)};`;
}

/** `head expression;`, where `head` ends with what assigns: on the same line, or on the next one where that is better. */
export function assignment(indent: string, head: string, expression: Expression): string {
  return `${indent}${head}${assigned(indent, head.length, expression)};`;
}

/** An assigned expression, with the space or the line break before it. */
function assigned(indent: string, head: number, expression: Expression): string {
  const beside = layOut(expression, within(line(indent.length, 1), head + 1));
  if (beside !== null && !beside.includes("\n")) return ` ${beside}`;
  const below = layOut(expression, line(indent.length + tab, 1));
  if (beside !== null && (below === null || !isBetter(below, beside))) return ` ${beside}`;
  return below === null ? ` ${flat(expression)}` : `\n${indent}${step}${below}`;
}

/** Whether rustfmt would begin on the next line. */
function isBetter(below: string, beside: string): boolean {
  const opens = (text: string): boolean => /[([{]$/.test(text.split("\n", 1)[0] ?? "");
  const lines = (text: string): number => text.split("\n").length;
  return !below.includes("\n") || lines(beside) > lines(below) + 1 || (opens(beside) && !opens(below));
}

/** `head: Type = expression;` */
export function constant(indent: string, head: string, type: string, expression: Expression): string {
  if (indent.length + head.length + type.length + 4 <= maxWidth) return assignment(indent, `${head}: ${type} =`, expression);
  return `${indent}${head}:\n${assignment(indent + step, `${type} =`, expression)}`;
}

/** `name: Type,` in a struct. */
export function fieldLine(indent: string, name: string, type: Expression): string {
  const whole = `${indent}${name}: ${flat(type)},`;
  if (whole.length <= maxWidth) return whole;
  // Of a type that does not fit on the line, the comma may stand out.
  const beside = layOut(type, within(line(indent.length), name.length + 2));
  const below = layOut(type, line(indent.length + tab, 1)) ?? flat(type);
  return beside?.includes("\n") && !isBetter(below, beside)
    ? `${indent}${name}: ${beside},`
    : `${indent}${name}:\n${indent}${step}${below},`;
}

/** `name: expression,` in a literal. */
export function fieldInit(indent: string, name: string, expression: Expression): string {
  const beside = layOut(expression, within(line(indent.length, 1), name.length + 2));
  if (beside !== null) return `${indent}${name}: ${beside},`;
  const below = layOut(expression, line(indent.length + tab));
  return below === null ? `${indent}${name}: ${flat(expression)},` : `${indent}${name}:\n${indent}${step}${below},`;
}

/** `head(parameters) -> Type {` */
export function signature(indent: string, head: string, parameters: readonly string[], result: Expression | null): string {
  const type = result === null ? "" : `-> ${flat(result)}`;
  const whole = `${indent}${head}(${parameters.join(", ")})${type === "" ? "" : ` ${type}`}`;
  if (whole.length + 2 <= maxWidth) return `${whole} {`;
  if (parameters.length === 0)
    return whole.length - 1 <= maxWidth ? `${whole}\n${indent}{` : braced(indent, `${indent}${head}()\n${indent}${type}`);
  const listed = [`${indent}${head}(`, ...parameters.map((parameter) => `${indent}${step}${parameter},`)];
  const broken = result !== null && type.length > maxWidth - indent.length;
  const shown = broken ? `-> ${layOut(result, within(line(indent.length), 5)) ?? flat(result)}` : type;
  return braced(indent, [...listed, `${indent})${shown === "" ? "" : ` ${shown}`}`].join("\n"));
}

/** Text with an opening brace behind it, on a line of its own where there is no room; of several lines rustfmt counts the indent twice. */
export function braced(indent: string, text: string): string {
  const used = (text.split("\n").at(-1) ?? "").length + (text.includes("\n") ? indent.length : 0);
  return used + 2 <= maxWidth ? `${text} {` : `${text}\n${indent}{`;
}

/** `impl Name {` */
export function inherent(name: string, generics = ""): string {
  const line = `impl${generics} ${name} {`;
  return line.length <= maxWidth ? line : `impl${generics}\n${step}${name}\n{`;
}

/** Lets rustdoc find an item by another name. */
export function alias(indent: string, name: string): string {
  const line = `${indent}#[doc(alias = ${stringLiteral(name)})]`;
  return line.length < maxWidth ? line : `${indent}#[doc(\n${indent}${step}alias = ${stringLiteral(name)}\n${indent})]`;
}

/** `pub struct Name {` */
export const structHead = (name: string): string => braced("", `pub struct ${name}`);

/** `pub struct Name(field);` */
export function tupleStruct(name: string, field: string): string {
  const line = `pub struct ${name}(${field});`;
  return line.length <= maxWidth ? line : `pub struct ${name}(\n${step}${field},\n);`;
}

/** `impl Trait for Name {` */
export function implementation(trait: string, name: string): string {
  const line = `impl ${trait} for ${name} {`;
  return line.length <= maxWidth ? line : `impl ${trait}\n${step}for ${name}\n{`;
}

/** `pattern => expression,` */
export function arm(indent: string, pattern: string, expression: Expression): string {
  const beside = layOut(expression, within(line(indent.length, 1), pattern.length + 4));
  if (beside !== null && !beside.includes("\n")) return `${indent}${pattern} => ${beside},`;
  const below = layOut(expression, line(indent.length + tab));
  if (below !== null && !below.includes("\n")) return `${indent}${pattern} => {\n${indent}${step}${below}\n${indent}}`;
  return `${indent}${pattern} => ${beside ?? flat(expression)},`;
}

/** A Rust string literal. */
export function stringLiteral(text: string): string {
  const escaped = (char: string): string => (char === '"' || char === "\\" ? `\\${char}` : `\\u{${char.codePointAt(0)?.toString(16)}}`);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what has to be escaped.
  return `"${text.replaceAll(/["\\\u0000-\u001f\u007f\u2028-\u202e\u2066-\u2069]/gu, escaped)}"`;
}

/** Doc comment lines for text that somebody else wrote: Markdown sees no link, tag or list in it. */
export function docLines(indent: string, ...texts: readonly (string | null)[]): string[] {
  return texts.flatMap((text) => proseLines(printable(text ?? "").trim())).map((line) => `${indent}/// ${line}`.trimEnd());
}

/** Lines of Markdown that show the text; a fenced block is no Rust that `cargo test` would run. */
function proseLines(text: string): string[] {
  if (text === "") return [];
  let fence: string | null = null;
  const lines = text.split("\n").map((line) => {
    const [found] = /^(?:`{3,}|~{3,})/.exec(line.trim()) ?? [];
    if (fence === null && found !== undefined) {
      fence = found;
      return `${found}text`;
    }
    if (fence === null) return prose(line.replaceAll(/\s+/g, " ").trim());
    if (found?.startsWith(fence) === true) fence = null;
    return fence === null ? (found ?? "") : line.trimEnd();
  });
  return fence === null ? lines : [...lines, fence];
}

/** A line in which only code spans and addresses mean something. */
function prose(line: string): string {
  const parts = line.split(/(`[^`]+`|<?https?:\/\/[^\s<>`]*[^\s<>`.,;:!?)'"\]]>?)/);
  const escaped = parts.map((part, index) => {
    if (index % 2 === 0) return part.replaceAll(/[[\]<>`]|\\(?=[^\w\s]|$)/g, "\\$&");
    return part.startsWith("`") ? part : `<${part.replaceAll(/[<>]/g, "")}>`;
  });
  return escaped.join("").replace(/^(?=[-+*#>|=~]|\d+[.)])/, "\\");
}
