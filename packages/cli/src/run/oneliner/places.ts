import { cString } from "./builtins.ts";
import { type Place, placeAt } from "./tokens.ts";

/** Does not stand in C, so that a mark can be found again. */
const sign = "\u0001";
/** What the compiler's messages call the user's text. */
export const label = "-e";
/** What the compiler's messages call the code around the user's; its lines are those of the whole text. */
export const ownLabel = "lbc";
const marks = new RegExp(`${sign}(\\d+):(\\d+)${sign}`);

/** Says that what follows stands at a place of the user's text. */
export const mark = ({ line, column }: Place): string => `${sign}${line}:${column}${sign}`;
/** Says that lbc made what follows. */
export const ownMark = mark({ line: 0, column: 0 });
/** A line that lbc made, unless it begins with a mark. */
export const ownUnlessMarked = (line: string): string => (line.startsWith(sign) ? line : `${ownMark}${line}`);

/**
 * Replaces marks by `#line` and white space where the compiler would count otherwise, so that its messages name the user's lines and columns;
 * unless they are wanted, by nothing. @see https://gcc.gnu.org/onlinedocs/cpp/Line-Control.html
 */
export function settleMarks(text: string, named: boolean): string {
  const [first = "", ...rest] = text.split(marks);
  if (!named) return indent([first, ...rest.filter((_, index) => index % 3 === 2)].join(""));
  const out = [first];
  let lines = newlines(first);
  let counted: Place = { line: Number.NaN, column: Number.NaN };
  for (let index = 0; index < rest.length; index += 3) {
    const [line, column, piece = ""] = [Number(rest[index]), Number(rest[index + 1]), rest[index + 2]];
    const isOwn = line === 0;
    if (counted.line !== line || (!isOwn && counted.column !== column)) {
      // What own code ends with may be white space before a piece of the user's.
      const end = /\n[\t ]*$/.test(out.at(-1) ?? "") ? "" : "\n";
      lines += end.length + 1;
      const [number, name, padding] = isOwn ? [lines + 1, ownLabel, ""] : [line, label, " ".repeat(column - 1)];
      out.push(`${end}#line ${number} ${cString(name)}\n${padding}`);
    }
    if (piece !== "") out.push(piece);
    lines += newlines(piece);
    counted = isOwn ? { line, column } : placeAt({ text: piece, line, column }, piece.length);
  }
  return out.join("");
}

const newlines = (text: string): number => text.split("\n").length - 1;

/** Indents C by the braces that are open, and what an if without braces decides on; what is indented already stays as it is. */
function indent(text: string): string {
  let depth = 0;
  let hanging = 0;
  return text
    .split("\n")
    .map((line) => {
      const bare = line.replace(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)+'|\/\*.*?\*\//g, "");
      const closing = /^[\s}]*/.exec(bare)?.[0].split("}").length ?? 1;
      const tabs = Math.max(0, depth - (closing - 1)) + hanging;
      hanging = /^if \(.*\)$/.test(bare) ? 1 : 0;
      depth += bare.split("{").length - bare.split("}").length;
      return line === "" || line.startsWith("#") || line.startsWith("\t") ? line : `${"\t".repeat(tabs)}${line}`;
    })
    .join("\n");
}
