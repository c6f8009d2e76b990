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

/** A chain of fields and calls, each with its dot: on one line where it is short enough, else a line for each. */
export function chain(indent: string, root: string, links: readonly string[], before = "", after = ""): string {
  const oneLine = `${root}${links.join("")}`;
  const line = `${indent}${before}${oneLine}${after}`;
  // rustfmt counts a final `?` twice, and in the field of a struct one more.
  const tries = oneLine.endsWith("?") ? 1 : 0;
  const room = maxWidth - (before === "" ? 0 : 1);
  if (oneLine.length + tries <= chainWidth && line.length + tries <= room) return line;
  const broken = links.map((link) => brokenLink(`${indent}${step}`, link));
  const [first = "", ...rest] = broken;
  // A root that is no longer than the indent keeps the first link beside it.
  const head = root.length <= step.length ? [`${root}${first.trimStart()}`, ...rest] : [root, ...broken];
  return `${indent}${before}${head.join("\n")}${after}`;
}

/** `.method(arguments)`, broken like any call. */
function brokenLink(indent: string, link: string): string {
  const parts = /^(\.\w+)\((.+)\)$/s.exec(link);
  return parts === null ? `${indent}${link}` : call(indent, parts[1] ?? "", splitArguments(parts[2] ?? ""), "");
}

/** At the commas between arguments; strings with commas in them are labels of fields, which have none. */
const splitArguments = (text: string): string[] => text.split(", ");

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
  const escaped = (char: string): string => (char === '"' || char === "\\" ? `\\${char}` : `\\u{${char.codePointAt(0)?.toString(16)}}`);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what has to be escaped.
  return `"${text.replaceAll(/["\\\u0000-\u001f\u007f\u2028-\u202e\u2066-\u2069]/gu, escaped)}"`;
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
