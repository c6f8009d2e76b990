import { didYouMean } from "@lbc/core/layout";
import { RunError } from "../errors.ts";
import type { Builtin } from "./builtins.ts";
import {
  type Call,
  type Column,
  type Fragment,
  type Helper,
  helpers,
  isHelper,
  type Scale,
  type Site,
  type StringType,
  type TypeOrNumber,
} from "./calls.ts";
import { columnName, literalType, splitName, unique } from "./columns.ts";
import type { Probe } from "./resolve.ts";
import type { SiteKind, Sites } from "./sites.ts";
import { closingEnd, type Piece, type Place, placeAt, slice, splitAtCommas, type Token, tokens } from "./tokens.ts";

/** Where a text stands. */
export interface Scope {
  readonly probe: Probe;
  readonly variables: Readonly<Record<string, Builtin>>;
  /**
   * What C calls the arguments that a name alone means. One hides the variable of its name where the clause has one hook; where it has
   * more, the variable means the same at each.
   */
  readonly arguments: ReadonlyMap<string, string>;
  readonly sites: Sites;
  /** Number of the clause. */
  readonly clause: number;
}

/** Bytes of a string, as bpftrace takes, and of a command line. */
const defaultBytes = { str: 64, join: 256 } as const;
/** What the kernel copies of a string at most; longer ones do not fit on the stack of a program either. */
const mostStringBytes = 4096;

/** Finds the helpers in C, and replaces `args->NAME`. */
export class FragmentReader {
  readonly #scope: Scope;
  #sitesSeen = 0;

  constructor(scope: Scope) {
    this.#scope = scope;
  }

  /** Throws RunError with the line. */
  read(piece: Piece): Fragment {
    const parts: (Piece | Call)[] = [];
    let rest = 0;
    let before = "";
    const found = [...tokens(piece.text)].filter(({ kind }) => kind !== "comment");
    const take = (token: Token, part: Piece | Call, end: number): void => {
      if (token.start > rest) parts.push({ text: piece.text.slice(rest, token.start), ...placeAt(piece, rest) });
      parts.push(part);
      rest = end;
    };
    for (const [index, token] of found.entries()) {
      const [next, member] = [found[index + 1], found[index + 2]];
      const isMember = before === "." || before === "->";
      before = token.text;
      if (token.start < rest || token.kind !== "identifier" || isMember) continue;
      if (token.text === "args" && (next?.text === "->" || next?.text === ".") && member?.kind === "identifier") {
        const at = placeAt(piece, token.start);
        const bracket = found[index + 3];
        const element = bracket?.text === "[" && this.#scope.probe.tracepoint?.syscallArguments.includes(member.text) === true;
        take(token, { text: `${element ? "user_at(" : ""}${this.#argument(member.text, at.line)}`, ...at }, member.end);
        if (element) {
          const end = closingEnd(piece, bracket.start);
          parts.push({ text: ", ", ...at }, ...this.read(slice(piece, bracket.end, end - 1)), { text: ")", ...placeAt(piece, end - 1) });
          rest = end;
        }
      } else if (this.#scope.arguments.has(token.text) && next?.text !== "(") {
        take(token, { text: this.#scope.arguments.get(token.text) ?? token.text, ...placeAt(piece, token.start) }, token.end);
      } else if (next?.text === "(" && token.text === "same") {
        const end = closingEnd(piece, next.start);
        const [text, word, more] = splitAtCommas(slice(piece, next.end, end - 1));
        const string = text === undefined ? null : stringCall(text);
        if (string === null || string.type.isJoined || word === undefined || more !== undefined) continue;
        const at = placeAt(piece, token.start);
        take(token, { text: "same_at(", ...at }, end);
        parts.push(...this.read(string.pointer), { text: ", ", ...at }, ...this.read(word), { text: ")", ...at });
      } else if (next?.text === "(" && isHelper(token.text)) {
        const end = closingEnd(piece, next.start);
        take(token, this.#call(token.text, slice(piece, token.start, end), slice(piece, next.end, end - 1)), end);
      }
    }
    if (rest < piece.text.length) parts.push({ text: piece.text.slice(rest), ...placeAt(piece, rest) });
    return parts;
  }

  /** What `args->NAME` stands for. */
  #argument(name: string, line: number): string {
    const { tracepoint, prototype, name: hook } = this.#scope.probe;
    const fields = tracepoint?.fields ?? new Map(prototype?.parameters.map(({ name, identifier }) => [name, identifier]));
    const found = fields.get(name);
    if (found !== undefined) return found;
    if (tracepoint === null && prototype === null) {
      const hint = "arg0, arg1 … are its arguments, retval what it gives; ctx is the program's context";
      throw new RunError("bad-one-liner", { line, message: `the arguments of ${hook} have no names`, hint });
    }
    const all = [...fields.keys()].join(", ");
    const hint = didYouMean(name, fields.keys()) ?? (all === "" ? "it has none" : `it has ${all}`);
    throw new RunError("bad-one-liner", { line, message: `${hook} has no argument ${name}`, hint });
  }

  #call(name: Helper, whole: Piece, inner: Piece): Call {
    const given = splitAtCommas(inner);
    const { line, column } = whole;
    const at: Place = { line, column };
    const wrong = (): RunError => new RunError("bad-one-liner", { line, message: `${whole.text}: write it as ${helpers[name]}` });
    const wants = (least: number, most = Number.POSITIVE_INFINITY): void => {
      if (given.length < least || given.length > most || given.some(({ text }) => text === "")) throw wrong();
    };
    const [first = inner, second = inner, third = inner] = given;
    switch (name) {
      case "emit": {
        wants(1);
        return { kind: "emit", ...at, ...this.#site({ kind: "emit" }, whole, given) };
      }
      case "count":
      case "sum":
      case "min":
      case "max":
      case "avg": {
        wants(name === "count" ? 0 : 1);
        const keys = name === "count" ? given : given.slice(1);
        const stored = this.#site({ kind: "aggregate", by: name }, whole, keys);
        return { kind: "aggregate", by: name, ...at, ...stored, value: name === "count" ? [{ text: "1", ...at }] : this.read(first) };
      }
      case "hist":
      case "lhist": {
        wants(name === "hist" ? 1 : 4);
        const scale = name === "hist" ? ({ kind: "log2" } as const) : linear(given.slice(1, 4), wrong);
        const stored = this.#site({ kind: "histogram", scale }, whole, given.slice(name === "hist" ? 1 : 4));
        return { kind: "histogram", ...at, scale, ...stored, value: this.read(first) };
      }
      case "put": {
        wants(3, 3);
        if (!/^[A-Za-z_]\w*$/.test(first.text)) throw wrong();
        const store = this.#scope.sites.store(
          first,
          () => this.#typeOf(second),
          () => this.#typeOf(third),
        );
        return { kind: "put", ...at, store, key: this.read(second), value: this.read(third) };
      }
      case "get":
      case "take":
        wants(2, 2);
        this.#scope.sites.reads(first.text, line);
        return { kind: name, ...at, store: first.text, key: this.read(second) };
      case "exit":
        wants(0, 0);
        this.#scope.sites.usesExit = true;
        return { kind: "exit", ...at };
      case "str":
      case "join": {
        const message = `${whole.text} is a string only as an argument of emit() or same(), or as a key`;
        throw new RunError("bad-one-liner", { line, message, hint: 'compare it with same(str(pointer), "word")' });
      }
    }
  }

  /** Where a call stores, and what it stores there. */
  #site(what: SiteKind, whole: Piece, given: readonly Piece[]): { readonly site: Site; readonly values: readonly Fragment[] } {
    const { clause, sites } = this.#scope;
    const parts = this.#withProcess(given).map((piece) => {
      const { name, expression } = splitName(piece);
      return { name, expression, string: stringCall(expression) };
    });
    const title = whole.text.replace(/\s+/g, " ");
    const site = sites.at(`${clause}.${this.#sitesSeen++}`, what, title, () => {
      // The last member of a histogram's key is the slot.
      const taken = new Set<string>(what.kind === "histogram" ? ["slot"] : []);
      return parts.map(({ name, expression, string }): Column => {
        const known = name ?? columnName((string?.pointer ?? expression).text, this.#scope.probe.tracepoint?.syscallArguments ?? []);
        return { name: unique(known, taken), type: string === null ? this.#typeOf(expression) : string.type };
      });
    });
    return { site, values: parts.map(({ expression, string }) => this.read(string?.pointer ?? expression)) };
  }

  /** Addresses of a process mean nothing without the process. */
  #withProcess(given: readonly Piece[]): readonly Piece[] {
    const has = (name: string): boolean => given.some((piece) => splitName(piece).expression.text === name);
    const [first] = given;
    const isHidden = this.#scope.arguments.has("pid");
    if (first === undefined || !has("ustack") || (has("pid") && !isHidden)) return given;
    return [{ ...first, text: isHidden ? "pid = (u32)(bpf_get_current_pid_tgid() >> 32)" : "pid" }, ...given];
  }

  #typeOf(expression: Piece): TypeOrNumber {
    const { variables, arguments: arguments_, sites } = this.#scope;
    const isVariable = Object.hasOwn(variables, expression.text) && !arguments_.has(expression.text);
    const known = isVariable ? variables[expression.text]?.type : literalType(expression.text);
    return known ?? sites.nextUnknown();
  }
}

/** `str(pointer)` or `str(pointer, bytes)`, the same with join, and nothing else. */
function stringCall(expression: Piece): { readonly pointer: Piece; readonly type: StringType } | null {
  const [name, open] = tokens(expression.text);
  const by = name?.text;
  if ((by !== "str" && by !== "join") || open?.text !== "(" || closingEnd(expression, open.start) !== expression.text.length) return null;
  const [pointer, size, more] = splitAtCommas(slice(expression, open.end, expression.text.length - 1));
  const bytes = size === undefined ? defaultBytes[by] : Number(size.text);
  if (pointer === undefined || more !== undefined || !Number.isInteger(bytes) || bytes < 2 || bytes > mostStringBytes) {
    const message = `${expression.text}: write it as ${helpers[by]}, with 2 to ${mostStringBytes} bytes`;
    throw new RunError("bad-one-liner", { line: expression.line, message });
  }
  return { pointer, type: { stringBytes: bytes, isJoined: by === "join" } };
}

/** The three numbers of lhist(). */
function linear(given: readonly Piece[], wrong: () => RunError): Scale {
  const [lowest = Number.NaN, highest = Number.NaN, step = Number.NaN] = given.map(({ text }) => Number(text));
  const isRange = [lowest, highest, step].every(Number.isInteger) && highest > lowest && step > 0;
  if (!isRange || (highest - lowest) / step > mostSlots) throw wrong();
  return { kind: "linear", lowest, highest, step };
}

const mostSlots = 1000;
