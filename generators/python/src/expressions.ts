/** Ruff's line length. */
export const width = 88;

/** An expression that ends in a call, or a name or literal, which nothing can break. */
export type Expression = string | Call;
export interface Call {
  readonly head: string;
  readonly args: readonly Expression[];
}

export const call = (head: string, ...args: readonly Expression[]): Call => ({ head, args });

/** On one line. */
export function flat(expression: Expression): string {
  return typeof expression === "string" ? expression : `${expression.head}(${expression.args.map(flat).join(", ")})`;
}

/**
 * `before expression after` as ruff's formatter has it, the first line without its indentation: on one line where that fits, else the
 * arguments on a line of their own, else each on its own.
 */
export function statement(indent: number, before: string, expression: Expression, after = ""): string {
  const line = `${before}${flat(expression)}${after}`;
  if (indent + line.length <= width || typeof expression === "string" || expression.args.length === 0) return line;
  const inner = " ".repeat(indent + 4);
  const args = expression.args.map(flat).join(", ");
  const body =
    inner.length + args.length <= width
      ? `${inner}${args}\n`
      : expression.args.map((arg) => `${inner}${statement(indent + 4, "", arg, ",")}\n`).join("");
  return `${before}${expression.head}(\n${body}${" ".repeat(indent)})${after}`;
}

/** A call, and how ruff's formatter prints it with its last bracket broken, or an earlier one. */
interface Breakable {
  readonly call: Call;
  /** The first call of a chain of two, and what follows it. */
  readonly first?: readonly [call: Call, after: string];
}

/**
 * `target = call` as ruff's formatter has it: broken inside the last bracket where what is before that fits on the line, else inside the
 * first, else in parentheses of its own.
 */
export function assignment(indent: number, target: string, { call, first }: Breakable): string {
  const whole = statement(indent, `${target} = `, call);
  const fits = (text: string): boolean => indent + text.length <= width;
  if (!whole.includes("\n") || fits(`${target} = ${call.head}(`)) return whole;
  const earlier = first === undefined ? whole : statement(indent, `${target} = `, ...first);
  if ((first !== undefined && fits(`${target} = ${first[0].head}(`)) || !fits(`${target} = (`)) return earlier;
  const [inner, outer] = [" ".repeat(indent + 4), " ".repeat(indent)];
  const isLast = first === undefined || indent + 4 + call.head.length + 1 <= width;
  const inside = isLast ? statement(indent + 4, "", call) : statement(indent + 4, "", ...first);
  const bracketed = `${target} = (\n${inner}${inside}\n${outer})`;
  const [, ...lines] = bracketed.split("\n");
  return lines.every((line) => line.length <= width) ? bracketed : earlier;
}

/** `NAME = number`; in parentheses on a line of its own where only that makes it fit. */
export function constant(indent: number, name: string, value: string): string {
  const fits = indent + `${name} = ${value}`.length <= width || indent + `${name} = (`.length > width;
  return fits ? `${name} = ${value}` : `${name} = (\n${" ".repeat(indent + 4)}${value}\n${" ".repeat(indent)})`;
}

/** `before Sequence[X] after`, broken inside the outermost bracket first. */
export function subscript(indent: number, before: string, type: string, after: string): string {
  const inside = /^([\p{L}\p{Nd}_]+)\[(.*)\]$/u.exec(type);
  const line = `${before}${type}${after}`;
  if (inside === null || indent + line.length <= width) return line;
  const [, head = "", inner = ""] = inside;
  const pad = " ".repeat(indent + 4);
  return `${before}${head}[\n${pad}${subscript(indent + 4, "", inner, "")}\n${" ".repeat(indent)}]${after}`;
}
