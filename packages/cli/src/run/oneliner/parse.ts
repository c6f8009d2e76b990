import { RunError } from "../errors.ts";
import { closingEnd, lineAt, type Piece, slice, tokens } from "./tokens.ts";

/** Hooks with what is to be done there. */
export interface Clause {
  /** As written: `tracepoint:sched:sched_switch`. */
  readonly hooks: readonly Piece[];
  /** A C expression; null where there is none. */
  readonly predicate: Piece | null;
  /** C statements, without their braces. */
  readonly body: Piece;
}

/** What `-e` takes: C declarations, and clauses of the form `hook, hook /predicate/ { C statements }`. */
export interface OneLiner {
  /** C that stands before all programs: structs, functions, LBC_HASH(…), #include. */
  readonly declarations: readonly Piece[];
  readonly clauses: readonly Clause[];
}

/** A hook begins with its kind and a colon, which no C declaration does; `BEGIN` and `END` stand alone. */
const hookStart = /(?:[A-Za-z_]\w*:(?!:)|(?:BEGIN|END)(?=[\s,{/]|$))/y;
const hookWord = /[^\s,{]+/y;

/** Throws RunError `bad-one-liner` with the line. */
export function parseOneLiner(text: string): OneLiner {
  const whole: Piece = { text, line: 1, column: 1 };
  const declarations: Piece[] = [];
  const clauses: Clause[] = [];
  for (let at = skip(text, 0); at < text.length; at = skip(text, at)) {
    hookStart.lastIndex = at;
    if (hookStart.test(text)) {
      const { clause, end } = clauseAt(whole, at);
      clauses.push(clause);
      at = end;
    } else {
      const end = declarationEnd(whole, at);
      declarations.push(slice(whole, at, end));
      at = end;
    }
  }
  if (clauses.length > 0) return { declarations, clauses };
  throw new RunError("bad-one-liner", {
    message: "nothing tells where to hook in",
    hint: "write it as HOOK { C statements }, such as: tracepoint:syscalls:sys_enter_openat { emit(comm, str(args->filename)); }",
  });
}

/** Past white space and comments. */
function skip(text: string, from: number): number {
  for (const { kind, start } of tokens(text, from)) if (kind !== "comment") return start;
  return text.length;
}

function clauseAt(whole: Piece, start: number): { readonly clause: Clause; readonly end: number } {
  const { text } = whole;
  const hooks: Piece[] = [];
  let at = start;
  for (;;) {
    hookWord.lastIndex = at;
    const word = hookWord.exec(text)?.[0];
    if (word === undefined) throw missing(whole, at, "a hook is missing");
    hooks.push(slice(whole, at, at + word.length));
    at = skip(text, at + word.length);
    if (text[at] !== ",") break;
    at = skip(text, at + 1);
  }
  let predicate: Piece | null = null;
  if (text[at] === "/") {
    // A slash may divide: the one that ends the predicate stands before the brace.
    const end = /\/\s*\{/g;
    end.lastIndex = at + 1;
    const found = end.exec(text);
    if (found === null) throw missing(whole, at, "the predicate has no end: write it as /condition/ { … }");
    predicate = slice(whole, at + 1, found.index);
    if (predicate.text === "") throw missing(whole, at, "the predicate is empty");
    at = skip(text, found.index + 1);
  }
  if (text[at] !== "{") {
    const last = hooks.at(-1)?.text ?? "";
    throw missing(whole, at, `behind ${last} a { is missing, with what is to be done there`, `such as: ${last} { count(comm); }`);
  }
  const end = closingEnd(whole, at);
  return { clause: { hooks, predicate, body: slice(whole, at + 1, end - 1) }, end };
}

function missing(whole: Piece, at: number, message: string, hint?: string): RunError {
  return new RunError("bad-one-liner", { line: lineAt(whole.text, at), message, hint });
}

/** To the semicolon or the function's closing brace; a line of the preprocessor to its end. */
function declarationEnd(whole: Piece, start: number): number {
  if (whole.text[start] === "#") {
    const end = /(?<!\\)\n/g;
    end.lastIndex = start;
    return end.exec(whole.text)?.index ?? whole.text.length;
  }
  let skipTo = 0;
  let before = "";
  for (const { kind, text, start: at, end } of tokens(whole.text, start)) {
    if (at < skipTo || kind === "comment") continue;
    if (text === ";") return end;
    if (text === "(" || text === "[" || text === "{") {
      skipTo = closingEnd(whole, at);
      // A brace behind parentheses is a function's body; others initialize or belong to a type.
      if (text === "{" && before === ")") return skipTo;
    }
    before = text === "(" ? ")" : text;
  }
  throw missing(
    whole,
    start,
    `this is neither a hook (KIND:NAME { … }) nor a whole declaration in C: ${whole.text.slice(start, start + 40)}`,
  );
}
