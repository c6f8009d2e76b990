import { cString } from "./builtins.ts";

/** Does not stand in C, so that a mark can be found again. */
const sign = "\u0001";
/** What the compiler's messages call the code around the user's; its lines are those of the whole text. */
export const ownLabel = "lbc";
const marks = new RegExp(`${sign}(\\d+)${sign}`);

/** Says that what follows stands on a line of the user's text; 0: that lbc made it. */
export const mark = (line: number): string => `${sign}${line}${sign}`;

/**
 * Replaces marks by `#line` where the compiler would count otherwise, so that its messages name the user's lines; without a label, by
 * nothing. @see https://gcc.gnu.org/onlinedocs/cpp/Line-Control.html
 */
export function settleMarks(text: string, label: string | null): string {
  const [first = "", ...rest] = text.split(marks);
  if (label === null) return [first, ...rest.filter((_, index) => index % 2 === 1)].join("");
  let out = first;
  let counted = Number.NaN;
  for (let index = 0; index < rest.length; index += 2) {
    const [line, piece = ""] = [Number(rest[index]), rest[index + 1]];
    const isOwn = line === 0;
    if (counted !== line) {
      out = out.replace(/\n[\t ]*$|(?<!\n)$/, "\n");
      const [number, name] = isOwn ? [out.split("\n").length + 1, ownLabel] : [line, label];
      out += `#line ${number} ${cString(name)}\n`;
    }
    out += piece;
    counted = isOwn ? 0 : line + piece.split("\n").length - 1;
  }
  return out;
}

/** Indents C by the braces that are open, and what an if without braces decides on; what is indented already stays as it is. */
export function indent(text: string): string {
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
