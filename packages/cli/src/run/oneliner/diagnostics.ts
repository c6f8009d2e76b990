import { CompileError } from "@lbc/build/object";
import { didYouMean } from "@lbc/core/layout";
import { habitOf } from "./habits.ts";
import { label, ownLabel } from "./places.ts";

/** Clang's headline of a message: `-e:1:19: error: use of undeclared identifier 'com'`. */
const headline = /^(?:.*[/\\])?(?<file>[^/\\]+):(?<line>\d+):(?<column>\d+): (?<words>(?:fatal error|error|warning|note): .*)$/;
/** What begins something else: a message without a place, or clang's sum, which counts what is repeated for each hook. */
const other = /^(?:In file included from |fatal error: |error: |warning: )/;
const sum = /^\d+ (?:error|warning)s?\b.* generated\.$/;
/** Of no use where there is no C library, or where nobody sees the line. */
const uselessNote = new RegExp(`^${ownLabel}:.*: note: |: note: include the header <\\w+\\.h> or explicitly provide a declaration `);
/** A line of code as clang 16 and later quote it; earlier ones quote it bare. */
const gutter = /^ *\d* \| ?/;
const unknownName =
  /(?:undeclared (?:identifier|(?:library )?function)|implicit declaration of function|implicitly declaring library function) '([\w$]+)'/;

/** The error with the user's text in place of the code that was made of it, and a hint for a name that is nearly one of `names`. */
export function inUsersWords(error: CompileError, text: string, names: Iterable<string>): CompileError {
  const diagnostics = quoteUser(error.diagnostics, text);
  const unknown = unknownName.exec(diagnostics)?.[1];
  const hint = unknown === undefined ? null : (habitOf(unknown) ?? didYouMean(unknown, names));
  const isOwn = !new RegExp(`^${label}:\\d`, "m").test(diagnostics);
  return new CompileError(label, diagnostics, hint ?? (isOwn ? "--print-source prints the C that it became" : error.hint));
}

/**
 * Clang's messages about the user's text with the line as it was written, and about code that lbc made around it without a line. Each once:
 * a clause is compiled for every hook.
 */
export function quoteUser(diagnostics: string, text: string): string {
  if (diagnostics === "") return "";
  const messages: string[][] = [];
  for (const line of diagnostics.trimEnd().split("\n")) {
    if (sum.test(line)) continue;
    if (headline.test(line) || other.test(line) || messages.length === 0) messages.push([]);
    messages.at(-1)?.push(line);
  }
  const lines = text.split("\n");
  const useful = messages.filter(([first = ""]) => !uselessNote.test(first));
  const quoted = useful.map((message) => `${quoteOne(message, lines).join("\n")}\n`);
  return [...new Set(quoted)].join("");
}

function quoteOne(message: readonly string[], lines: readonly string[]): readonly string[] {
  const [first = "", ...quotation] = message;
  const found = headline.exec(first)?.groups;
  if (found?.["file"] === ownLabel) return [`${label}: ${found["words"]}`];
  const user = found === undefined || found["file"] !== label ? undefined : lines[Number(found["line"]) - 1];
  if (found === undefined || user === undefined) return message;
  const at = indexIn(user, Number(found["column"]), quotation);
  const column = new TextEncoder().encode(user.slice(0, at)).length + 1;
  const number = (found["line"] ?? "").padStart(5);
  const indentation = user.slice(0, at).replace(/[^\t]/g, " ");
  return [
    `${label}:${found["line"]}:${column}: ${found["words"]}`,
    `${number} | ${user}`,
    `${" ".repeat(number.length)} | ${indentation}^`,
  ];
}

/** Where a message points to in the user's line. What it points to in code that lbc made stands for the call that this was made of. */
function indexIn(user: string, column: number, quotation: readonly string[]): number {
  const [code = "", pointer = ""] = quotation.map((line) => line.replace(gutter, ""));
  const caret = pointer.indexOf("^");
  const told = indexOfByte(user, column - 1);
  if (caret === -1) return told;
  const [token = ""] = /^(?:\w+|\S)/.exec(code.slice(caret)) ?? [];
  if (token !== "" && user.startsWith(token, told)) return told;
  const start = code.search(/\S/);
  return indexOfByte(user, column - 1 - (caret - Math.min(caret, Math.max(0, start))));
}

function indexOfByte(text: string, byte: number): number {
  return new TextDecoder().decode(new TextEncoder().encode(text).subarray(0, Math.max(0, byte))).length;
}
