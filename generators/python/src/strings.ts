import { printable } from "@lbc/emit";
import { width } from "./expressions.ts";

/** A string literal, in the quotes that ruff's formatter would choose. */
export function literal(text: string): string {
  const quoted = JSON.stringify(text);
  return text.includes('"') && !text.includes("'") ? `'${quoted.slice(1, -1).replaceAll('\\"', '"')}'` : quoted;
}

/** The inside of a triple-quoted string, on one line. */
export const docText = (text: string): string => quoted(spaced(printable(text)));

/**
 * The inside of a docstring that is indented by `indent` spaces. Parts of one line each are one line; lines and paragraphs stay, with the
 * closing quotes below them.
 */
export function docString(indent: number, ...parts: readonly (string | null)[]): string {
  const texts = parts.map((part) => printable(part ?? "").trim()).filter((text) => text !== "");
  const lines = texts.flatMap((text) => text.split("\n").map(spaced));
  if (texts.every((text) => !text.includes("\n"))) return quoted(lines.join(" "));
  const pad = " ".repeat(indent);
  const below = quoted(lines.join("\n"))
    .replace(/\n{3,}/g, "\n\n")
    .replace(/\n(?=[^\n])/g, `\n${pad}`);
  return `${below}\n${pad}`;
}

const spaced = (text: string): string => text.replace(/\s+/g, " ").trim();

/** Quotes that would end the string are escaped, and the first, from which formatters keep their distance. */
const quoted = (text: string): string => text.replaceAll("\\", "\\\\").replace(/^"+|"{3,}|"+$/g, (quotes) => quotes.replaceAll('"', '\\"'));

/** Ruff's (isort's) order of names: constants, classes, the rest; each by letters, with numbers as numbers. */
export function sorted(names: Iterable<string>): string[] {
  return [...new Set(names)].sort((a, b) => rank(a) - rank(b) || natural(a, b));
}

const rank = (name: string): number => (name.length > 1 && name === name.toUpperCase() ? 0 : /^[A-Z]/.test(name) ? 1 : 2);

const parts = (name: string): readonly string[] => name.match(/\d+|\D/g) ?? [];

function natural(a: string, b: string): number {
  const [left, right] = [parts(a), parts(b)];
  for (let index = 0; index < Math.min(left.length, right.length); index++) {
    const [x = "", y = ""] = [left[index], right[index]];
    if (x === y) continue;
    return /^\d/.test(x) && /^\d/.test(y) ? Number(x) - Number(y) || x.length - y.length : x < y ? -1 : 1;
  }
  return left.length - right.length;
}

/** `from MODULE import NAMES`, on one line where it fits. */
export function importLine(module: string, names: Iterable<string>): string {
  // Of imported names, other than of those in __all__, upper and lower case are one.
  const all = sorted(names).sort((a, b) => rank(a) - rank(b) || natural(a.toLowerCase(), b.toLowerCase()) || natural(a, b));
  const line = `from ${module} import ${all.join(", ")}`;
  return line.length <= width ? line : `from ${module} import (\n${all.map((name) => `    ${name},\n`).join("")})`;
}
