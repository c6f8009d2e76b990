/** The widths at which rustfmt's default style breaks lines. @see https://rust-lang.github.io/rustfmt/ */
const maxWidth = 100;
const callWidth = 60;
const chainWidth = 60;

const step = "    ";

/** `pub name: Type,` */
export function fieldLine(indent: string, name: string, type: string): string {
  const line = `${indent}${name}: ${type},`;
  return line.length <= maxWidth ? line : `${indent}${name}:\n${indent}${step}${type},`;
}

/** The first line of a function, up to its brace. */
export function signature(indent: string, head: string, parameters: readonly string[], result: string | null): string {
  const after = result === null ? ") {" : `) -> ${result} {`;
  const line = `${indent}${head}(${parameters.join(", ")}${after}`;
  if (line.length <= maxWidth) return line;
  return [`${indent}${head}(`, ...parameters.map((parameter) => `${indent}${step}${parameter},`), `${indent}${after}`].join("\n");
}

/** `before(arguments)after`, where `before` and `after` stay on the lines of the brackets. */
export function call(indent: string, before: string, args: readonly string[], after: string): string {
  const inside = args.join(", ");
  const line = `${indent}${before}(${inside})${after}`;
  if (inside.length <= callWidth && line.length <= maxWidth) return line;
  return [`${indent}${before}(`, ...args.map((arg) => `${indent}${step}${arg},`), `${indent})${after}`].join("\n");
}

/** A root of one letter with method calls, on one line where they are short enough. Each call is a name with its arguments. */
export function chain(indent: string, root: string, calls: readonly (readonly [string, readonly string[]])[]): string {
  const line = `${root}${calls.map(([method, args]) => `.${method}(${args.join(", ")})`).join("")}`;
  if (line.length <= chainWidth) return `${indent}${line}`;
  const [first, ...rest] = calls.map(([method, args]) => call(`${indent}${step}`, `.${method}`, args, ""));
  return [`${indent}${root}${(first ?? "").trimStart()}`, ...rest].join("\n");
}

/** `head = value;` */
export function assignment(indent: string, head: string, value: string): string {
  const line = `${indent}${head} = ${value};`;
  return line.length <= maxWidth ? line : `${indent}${head} =\n${indent}${step}${value};`;
}

/** `pattern => Some("text"),` */
export function someArm(indent: string, pattern: string, text: string): string {
  const line = `${indent}${pattern} => Some(${text}),`;
  if (line.length <= maxWidth) return line;
  return [`${indent}${pattern} => {`, `${indent}${step}Some(${text})`, `${indent}}`].join("\n");
}

/** A Rust string literal. */
export function stringLiteral(text: string): string {
  const escape = (char: string): string => (char === '"' || char === "\\" ? `\\${char}` : `\\u{${char.codePointAt(0)?.toString(16)}}`);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what has to be escaped.
  return `"${text.replaceAll(/["\\\u0000-\u001f\u007f\u2028-\u202e\u2066-\u2069]/gu, escape)}"`;
}

/** Doc comment lines for text that somebody else wrote: Markdown sees no link, tag or list in it. */
export function docLines(indent: string, ...texts: readonly (string | null)[]): string[] {
  return texts
    .filter((text) => text !== null && text.trim() !== "")
    .flatMap((text) => (text ?? "").trim().split(/\r\n|[\r\n]/))
    .map((line) => line.replaceAll(/\s+/g, " ").trim())
    .map((line) => line.replaceAll(/[[\]<>]/g, "\\$&").replace(/^(?=[-+*#>|=]|\d+[.)])/, "\\"))
    .map((line) => `${indent}/// ${line}`.trimEnd());
}
