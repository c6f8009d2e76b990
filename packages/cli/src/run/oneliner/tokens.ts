import { RunError } from "../errors.ts";

/** A piece of C: where it stands in its text tells what it is. */
export interface Token {
  readonly kind: "identifier" | "number" | "string" | "character" | "punctuator" | "comment";
  readonly text: string;
  /** Index of the first character, and of the one behind the last. */
  readonly start: number;
  readonly end: number;
}

/** Where something stands in what the user wrote. */
export interface Place {
  /** From 1. */
  readonly line: number;
  /** In bytes, from 1, as the compiler counts. */
  readonly column: number;
}

/** A piece of what the user wrote, and where it begins there. */
export interface Piece extends Place {
  readonly text: string;
}

const bytesOf = (text: string): number => new TextEncoder().encode(text).length;

/** The longest operators that matter come first: `->` must not be read as a minus, nor `==` as an assignment. */
const patterns: readonly (readonly [Token["kind"], RegExp])[] = [
  ["comment", /\/\*[\s\S]*?\*\/|\/\/[^\n]*/y],
  ["string", /"(?:[^"\\\n]|\\[\s\S])*"/y],
  ["character", /'(?:[^'\\\n]|\\[\s\S])+'/y],
  ["identifier", /[A-Za-z_$][A-Za-z0-9_$]*/y],
  ["number", /\.?[0-9](?:[eEpP][+-]|[A-Za-z0-9_.])*/y],
  ["punctuator", /->|\+\+|--|<<=|>>=|<<|>>|[<>=!+\-*/%&|^]=|&&|\|\||\.\.\.|##|[^\s]/y],
];

/** C's tokens from an index on, without white space. Throws RunError for a string or comment without an end. */
export function* tokens(text: string, from = 0): Generator<Token> {
  for (let at = skipSpace(text, from); at < text.length; at = skipSpace(text, at)) {
    const token = tokenAt(text, at);
    yield token;
    at = token.end;
  }
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && /\s/.test(text.charAt(at))) at++;
  return at;
}

function tokenAt(text: string, start: number): Token {
  const opening = text.slice(start, start + 2);
  for (const [kind, pattern] of patterns) {
    pattern.lastIndex = start;
    const found = pattern.exec(text)?.[0];
    if (found === undefined) continue;
    if (kind === "punctuator" && (opening === "/*" || opening[0] === '"' || opening[0] === "'")) {
      throw new RunError("bad-one-liner", {
        line: lineAt(text, start),
        message: opening === "/*" ? "a comment has no end" : `a ${opening[0]} has no partner`,
      });
    }
    return { kind, text: found, start, end: start + found.length };
  }
  throw new RangeError(`no token at ${start}`);
}

/** Lines before an index, plus one. */
export function lineAt(text: string, index: number): number {
  let line = 1;
  for (let at = text.indexOf("\n"); at !== -1 && at < index; at = text.indexOf("\n", at + 1)) line++;
  return line;
}

/** Where an index of a piece stands. */
export function placeAt(piece: Piece, index: number): Place {
  const before = piece.text.slice(0, index);
  const newline = before.lastIndexOf("\n");
  if (newline === -1) return { line: piece.line, column: piece.column + bytesOf(before) };
  return { line: piece.line - 1 + lineAt(piece.text, index), column: 1 + bytesOf(before.slice(newline + 1)) };
}

const partners: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}" };

/** The index behind the bracket that closes the one at `start`. Throws RunError where there is none. */
export function closingEnd(piece: Piece, start: number): number {
  const open: string[] = [];
  for (const { kind, text, end } of tokens(piece.text, start)) {
    if (kind !== "punctuator") continue;
    const closing = partners[text];
    if (closing !== undefined) open.push(closing);
    else if (text === ")" || text === "]" || text === "}") {
      if (open.pop() !== text) break;
      if (open.length === 0) return end;
    }
  }
  throw new RunError("bad-one-liner", {
    line: placeAt(piece, start).line,
    message: `the ${piece.text.charAt(start)} here has no partner`,
  });
}

/** What lies between `start` and `end`, without white space around it. */
export function slice(piece: Piece, start: number, end: number): Piece {
  const first = Math.min(skipSpace(piece.text, start), end);
  return { text: piece.text.slice(first, end).trimEnd(), ...placeAt(piece, first) };
}

/** Splits at the commas that stand in no bracket: arguments of a call. Nothing gives none. */
export function splitAtCommas(piece: Piece): Piece[] {
  if (piece.text.trim() === "") return [];
  const parts: Piece[] = [];
  let depth = 0;
  let start = 0;
  for (const { kind, text, start: at, end } of tokens(piece.text)) {
    if (kind !== "punctuator") continue;
    if (text in partners) depth++;
    else if (text === ")" || text === "]" || text === "}") depth--;
    else if (text === "," && depth === 0) {
      parts.push(slice(piece, start, at));
      start = end;
    }
  }
  return [...parts, slice(piece, start, piece.text.length)];
}

/** What a text uses as variables or functions, not as members. Hundreds of programs are long: ask once for all names. */
export function namesUsed(text: string): Set<string> {
  return new Set([...variables(text)].map((token) => token.text));
}

/** The identifiers that are no members. */
export function* variables(text: string): Generator<Token> {
  let before = "";
  for (const token of tokens(text)) {
    if (token.kind === "comment") continue;
    if (token.kind === "identifier" && before !== "." && before !== "->") yield token;
    before = token.text;
  }
}
