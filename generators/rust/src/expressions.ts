/** What rustfmt's default style allows: columns of a line, of the arguments of a call, of a chain on one line. */
export const maxWidth = 100;
const callWidth = 60;
const chainWidth = 60;
export const tab = 4;

/** A Rust expression or type, as far as generated code has them; a string is what nothing breaks. */
export type Expression = string | Call | Chain | Prefixed | Tried | Paired | Literal;
/** `head(args)`; of a type `head<args>`. */
export interface Call {
  readonly kind: "call";
  readonly head: string;
  readonly args: readonly Expression[];
  readonly brackets: "()" | "<>";
}
/** `root.link(…).link(…)?` */
export interface Chain {
  readonly kind: "chain";
  readonly root: string;
  readonly links: readonly Link[];
}
/** `.head`, with arguments or without, and whether a `?` follows. */
export interface Link {
  readonly head: string;
  readonly args: readonly Expression[] | null;
  readonly tries: boolean;
}
interface Prefixed {
  readonly kind: "prefixed";
  readonly prefix: string;
  readonly inner: Expression;
}
/** `call?` */
interface Tried {
  readonly kind: "tried";
  readonly inner: Call;
}
/** `inner as type`, `inner != 0` */
interface Paired {
  readonly kind: "paired";
  readonly inner: Expression;
  readonly operation: string;
}
/** `name { field, … }` */
interface Literal {
  readonly kind: "literal";
  readonly name: string;
  readonly fields: readonly (readonly [name: string, value: Expression])[];
}

export const call = (head: string, ...args: readonly Expression[]): Call => ({ kind: "call", head, args, brackets: "()" });
export const generic = (head: string, ...args: readonly Expression[]): Call => ({ kind: "call", head, args, brackets: "<>" });
export const chain = (root: string, ...links: readonly Link[]): Chain => ({ kind: "chain", root, links });
/** `.name` */
export const member = (name: string): Link => ({ head: `.${name}`, args: null, tries: false });
/** `.name(args)` */
export const method = (name: string, ...args: readonly Expression[]): Link => ({ head: `.${name}`, args, tries: false });
/** `.name(args)?` */
export const triedMethod = (name: string, ...args: readonly Expression[]): Link => ({ ...method(name, ...args), tries: true });
export const tried = (inner: Call): Tried => ({ kind: "tried", inner });
export const prefixed = (prefix: string, inner: Expression): Prefixed => ({ kind: "prefixed", prefix, inner });
export const paired = (inner: Expression, operation: string): Paired => ({ kind: "paired", inner, operation });
export const literal = (name: string, ...fields: Literal["fields"]): Literal => ({ kind: "literal", name, fields });

/** On one line. */
export function flat(expression: Expression): string {
  if (typeof expression === "string") return expression;
  switch (expression.kind) {
    case "call": {
      const [open, close] = expression.brackets;
      return `${expression.head}${open}${expression.args.map(flat).join(", ")}${close}`;
    }
    case "chain":
      return `${expression.root}${expression.links.map(flatLink).join("")}`;
    case "prefixed":
      return `${expression.prefix}${flat(expression.inner)}`;
    case "tried":
      return `${flat(expression.inner)}?`;
    case "paired":
      return `${flat(expression.inner)} ${expression.operation}`;
    case "literal":
      return `${expression.name} { ${expression.fields.map(([name, value]) => flatField(name, value)).join(", ")} }`;
  }
}

const flatLink = ({ head, args, tries }: Link): string =>
  `${head}${args === null ? "" : `(${args.map(flat).join(", ")})`}${tries ? "?" : ""}`;

function flatField(name: string, value: Expression): string {
  const text = flat(value);
  return text === name ? name : `${name}: ${text}`;
}

/** Where an expression may stand. */
export interface Room {
  /** Columns of the indentation of the line. */
  readonly indent: number;
  /** Columns from where the expression begins. */
  readonly width: number;
  /** Columns behind that, for what follows on its last line. */
  readonly behind: number;
  /** Chains have to be on one line: they are the argument that a call holds on its own line. */
  readonly oneLineChains?: boolean;
}

/** A whole line but for what stands `behind`. */
export const line = (indent: number, behind = 0): Room => ({ indent, behind, width: maxWidth - indent - behind });
/** What is left after columns of text before, and without some for text behind. */
export const within = (room: Room, before: number, behind = 0): Room => ({
  ...room,
  width: room.width - before - behind,
  behind: room.behind + behind,
});

/**
 * The lines of an expression as rustfmt has them, the first without its indentation; null where rustfmt finds no room and would leave the
 * source as it is. @see https://github.com/rust-lang/rustfmt, expr.rs, overflow.rs, chains.rs and pairs.rs
 */
export function layOut(expression: Expression, room: Room): string | null {
  // String literals may stand out on the right.
  if (typeof expression === "string") return expression.startsWith('"') || expression.length <= room.width ? expression : null;
  switch (expression.kind) {
    case "call":
      return layOutCall(expression, room);
    case "chain":
      return layOutChain(expression, room);
    case "prefixed": {
      const inner = layOut(expression.inner, within(room, expression.prefix.length));
      return inner === null ? null : `${expression.prefix}${inner}`;
    }
    case "tried": {
      const inner = layOut(expression.inner, within(room, 0, 1));
      return inner === null ? null : fitting(`${inner}?`, room);
    }
    case "paired":
      return layOutPair(expression, room);
    case "literal":
      return layOutLiteral(expression, room);
  }
}

const pad = (columns: number): string => `\n${" ".repeat(columns)}`;
const firstLine = (text: string): string => text.split("\n", 1)[0] ?? "";
const lastLine = (text: string): string => text.split("\n").at(-1) ?? "";
const lineCount = (text: string): number => text.split("\n").length;

/** Null where a line of it is too wide. */
function fitting(text: string, room: Room): string | null {
  const [first = "", ...rest] = text.split("\n");
  return first.length <= room.width && rest.every((line) => line.length <= maxWidth) ? text : null;
}

function layOutCall({ head, args, brackets }: Call, room: Room): string | null {
  const [open, close] = brackets;
  const beside = within(room, head.length + 1, 1);
  const [only] = args;
  if (only === undefined) return `${head}${open}${beside.width >= 0 ? "" : pad(room.indent)}${close}`;
  const items = args.map((arg) => layOut(arg, line(room.indent + tab, 1)));
  const inner = pad(room.indent + tab);
  const outer = pad(room.indent);
  const overflowed = args.length === 1 && open === "(" ? overflow(head, only, beside) : null;
  if (overflowed !== null && firstLine(overflowed).length <= Math.min(beside.width, callWidth)) {
    const [item = null] = items;
    if (lineCount(overflowed) !== 2 || item === null || item.includes("\n")) return `${head}(${overflowed})`;
    return item.length + 1 <= room.width - head.length ? `${head}(${item})` : `${head}(${inner}${item}${outer})`;
  }
  if (items.includes(null)) return null;
  const inside = items.join(", ");
  const limit = open === "<" || args.length === 1 ? beside.width : Math.min(beside.width, callWidth);
  if (!inside.includes("\n") && inside.length <= limit) return `${head}${open}${inside}${close}`;
  const broken = `${head}${open}${items.map((item) => `${inner}${item},`).join("")}${outer}${close}`;
  return open === "<" ? fitting(broken, room) : broken;
}

/** A single argument that opens a bracket keeps its first line beside the call. */
function overflow(head: string, only: Expression, room: Room): string | null {
  const combined = head.length < tab;
  if (!combined && !canOverflow(only)) return null;
  const kind = innermost(only);
  const width = kind === "call" ? Math.min(room.width, callWidth) : room.width;
  return layOut(only, { ...room, width, behind: room.behind + room.width - width, oneLineChains: kind === "chain" && !combined });
}

/** What is behind prefixes, `?` and `as`. */
function innermost(expression: Expression): "text" | "call" | "chain" | "literal" {
  if (typeof expression === "string") return "text";
  if (expression.kind === "prefixed" || expression.kind === "tried" || expression.kind === "paired") return innermost(expression.inner);
  return expression.kind;
}

function canOverflow(expression: Expression): boolean {
  if (typeof expression === "string") return false;
  if (expression.kind === "prefixed" || expression.kind === "tried" || expression.kind === "paired") return canOverflow(expression.inner);
  if (expression.kind === "chain") return (expression.links.at(-1)?.args ?? null) !== null;
  return expression.kind === "literal" || expression.brackets === "()";
}

function layOutLink({ head, args, tries }: Link, room: Room): string | null {
  const after = tries ? "?" : "";
  const own = within(room, 0, after.length);
  const text = args === null ? (head.length <= own.width ? head : null) : layOutCall(call(head, ...args), own);
  return text === null ? null : `${text}${after}`;
}

function layOutChain({ root, links }: Chain, room: Room): string | null {
  let start = root;
  let rest = links;
  // A root that is no wider than the indent takes links beside it.
  const offset = maxWidth - room.indent - room.width - room.behind;
  while (start.length <= tab - offset && rest[0] !== undefined) {
    const beside = layOutLink(rest[0], within(room, start.length));
    if (beside === null) break;
    start += beside;
    rest = rest.slice(1);
  }
  const last = rest.at(-1);
  if (last === undefined) return fitting(start, room);
  // Below a root that ends with a bracket of its own, links are not indented.
  const indent = /\n *[)\]}?>]+$/.test(start) ? room.indent : room.indent + tab;
  const before = rest.slice(0, -1).map((link) => layOutLink(link, line(indent)));
  if (before.includes(null)) return null;
  const parts = [start, ...(before as string[])];
  const tail = layOutLast(last, parts, links.length, room);
  if (tail === null || (room.oneLineChains === true && !tail.beside)) return null;
  return fitting([...parts, tail.text].join(tail.beside ? "" : pad(indent)), room);
}

/** The last link, and whether it stands beside the others. */
function layOutLast(last: Link, parts: readonly string[], links: number, room: Room): { text: string; beside: boolean } | null {
  const tries = last.tries ? 1 : 0;
  const taken = parts.join("").length;
  const budget = (links === 1 ? room.width : Math.min(room.width, chainWidth)) - taken - tries;
  const own = layOutLink(last, line(room.indent + tab, room.behind + tries));
  const together = !parts.some((part) => part.includes("\n")) && budget > 0;
  const text = together ? layOutLink(last, within(room, taken + tries, tries)) : null;
  if (text !== null) {
    const fits = firstLine(text).length <= budget;
    if (fits && (lineCount(text) >= 5 || own === null || lineCount(own) >= lineCount(text))) return { text, beside: true };
    if (own === null) return { text, beside: false };
  }
  return own === null ? null : { text: own, beside: false };
}

function layOutPair({ inner, operation }: Paired, room: Room): string | null {
  const left = layOut(inner, { ...room, width: room.width + room.behind, behind: 0 });
  if (left === null) return null;
  if (lastLine(left).length + 1 + operation.length <= room.width) return `${left} ${operation}`;
  return `${left}${pad(room.indent + tab)}${operation}`;
}

/** `name { field }` for short ones alone, the rest has a line for each. */
function layOutLiteral({ name, fields }: Literal, room: Room): string | null {
  const short = fields.map(([field, value]) => flatField(field, value)).join(", ");
  if (short.length <= 18 && name.length + short.length + 4 <= room.width) return `${name} { ${short} }`;
  if (name.length + 2 > room.width) return null;
  const inner = pad(room.indent + tab);
  const lines = fields.map(([field, value]) => {
    if (value === field) return `${inner}${field},`;
    const text = layOut(value, within(line(room.indent + tab, 1), field.length + 2));
    return text === null ? null : `${inner}${field}: ${text},`;
  });
  return lines.includes(null) ? null : fitting(`${name} {${lines.join("")}${pad(room.indent)}}`, room);
}
