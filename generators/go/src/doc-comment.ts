import { printable } from "@lbc/emit";

/** An item of a list: its bullet or number, and its text. */
const listItem = /^(?:[•*+-]|(\d+)[.)]) (\S.*)$/;

/** What a line may not begin with: a heading, a constraint of the build, or where a link leads. */
const meaning = /^(?:# |\+build|\[.*\]: )/;

/** What older tools take for a heading where it is a paragraph of its own. */
const title = /^\p{Lu}(?:.*[\p{L}\p{N}])?$/u;

/**
 * A comment as gofmt lays out documentation: paragraphs and lists, and nothing else that the text could mean. Parts of one line each are
 * one line. gofmt makes one quote of `` and of '', which nothing escapes.
 * @see https://go.dev/doc/comment
 */
export function commentLines(indent: string, ...parts: readonly (string | null)[]): string[] {
  const texts = parts.map((part) => printable(part ?? "").trim()).filter((text) => text !== "");
  const lines = texts.join(texts.some((text) => text.includes("\n")) ? "\n" : " ").split("\n");
  return layOut(lines.map(spell)).map((line) => `${indent}// ${line}`.trimEnd());
}

const spell = (line: string): string =>
  line
    .replace(/\s+/g, " ")
    .replace(/(?<!`)``(?!`)|''/g, '"')
    .trim();

/** Indents lists, and puts one empty line between blocks: gofmt takes lists that nothing parts for one. */
function layOut(lines: readonly string[]): string[] {
  const out: string[] = [];
  let list: "bullets" | "numbers" | null = null;
  let blank = false;
  for (const line of lines) {
    const [, number, item] = listItem.exec(line) ?? [];
    const kind = item === undefined ? null : number === undefined ? "bullets" : "numbers";
    if (line === "") {
      blank = out.length > 0;
      continue;
    }
    if (item !== undefined && (list === null || list === kind)) {
      if (blank && list === null) out.push("");
      out.push(`${number === undefined ? "  -" : ` ${number}.`} ${plain(item)}`);
      list = kind;
    } else if (list !== null && !blank) {
      out.push(`    ${plain(line)}`);
    } else {
      if (blank) out.push("");
      out.push(plain(line));
      list = null;
    }
    blank = false;
  }
  return out.map((line, index) => (isTitle(out, index) ? `${line}.` : line));
}

const plain = (line: string): string => (meaning.test(line) ? `C: ${line}` : line);

/** @see isOldHeading in Go's go/doc/comment */
const isTitle = (lines: readonly string[], index: number): boolean =>
  lines[index - 1] === "" && lines[index + 1] === "" && title.test(lines[index] ?? "") && !/^ |^$/.test(lines[index + 2] ?? "");
