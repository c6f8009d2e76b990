/** What the comments of a header tell, in their order: sections, with what is documented in each. */
export interface Section {
  readonly title: string;
  readonly text: string;
  readonly entries: readonly Entry[];
  /** Macros without a comment of their own, such as `AF_INET` and its value. */
  readonly constants: readonly Constant[];
}

/** One macro or function. */
export interface Entry {
  readonly name: string;
  /** As it is called: `LBC_HASH(map, key_type, value_type, entries)`. */
  readonly signature: string;
  readonly summary: string;
  readonly parameters: readonly { readonly name: string; readonly text: string }[];
  readonly text: string;
}

export interface Constant {
  readonly name: string;
  readonly parameters: string | null;
  readonly value: string;
}

/** Names that a header keeps to itself. */
const isInternal = (name: string): boolean => name.startsWith("__LBC") || /^LBC(_[A-Z]+)?_H$/.test(name);

/**
 * Reads comments of the kernel's documentation style. Throws where a comment and what it stands above do not fit together, or where a macro has
 * no comment, so that the reference tells all and nothing else. @see https://docs.kernel.org/doc-guide/kernel-doc.html
 */
export function parseHeader(header: string): Section[] {
  const sections: { title: string; text: string; entries: Entry[]; constants: Constant[] }[] = [];
  const comments = [...header.matchAll(/\/\*\*(?!\*)(.*?)\*\//gs)];
  for (const [index, { 0: comment, 1: inside = "", index: start }] of comments.entries()) {
    const code = header.slice(start + comment.length, comments[index + 1]?.index);
    const [first = "", ...rest] = linesOf(inside);
    const title = /^DOC: (.*)$/.exec(first)?.[1];
    if (title !== undefined) sections.push({ title, text: textOf(rest), entries: [], constants: [] });
    const section = sections.at(-1);
    if (section === undefined) throw new Error(`"${first}" stands in no section: begin one with DOC:`);
    const entry = title === undefined ? entryOf(first, rest, code) : undefined;
    if (entry !== undefined) section.entries.push(entry);
    for (const constant of constantsOf(code)) {
      if (constant.name === entry?.name) continue;
      if (constant.parameters !== null && constant.name.startsWith("LBC_")) throw new Error(`${constant.name} has no comment`);
      section.constants.push(constant);
    }
    for (const name of functionsOf(code)) if (name !== entry?.name) throw new Error(`${name}() has no comment`);
  }
  return sections;
}

/** The text without the stars at the left. */
function linesOf(comment: string): string[] {
  const lines = comment.split("\n").map((line) => line.replace(/^\s*\* ?/, "").trimEnd());
  return lines[0]?.trim() === "" ? lines.slice(1) : lines.map((line) => line.trim());
}

/** Without the empty lines around it; a tab at its beginning stays. */
const textOf = (lines: readonly string[]): string => lines.join("\n").replace(/^\n+|\n+$/g, "");

function entryOf(first: string, rest: readonly string[], code: string): Entry {
  const found = /^(\w+)(?:\(\))? - (.*)$/.exec(first);
  if (found === null) throw new Error(`"${first}" is not of the form NAME() - what it is`);
  const [, name = "", summary = ""] = found;
  const parameters: { name: string; text: string }[] = [];
  const end = rest.findIndex((line) => !/^(@|\s+\S)/.test(line));
  const described = end === -1 ? rest : rest.slice(0, end);
  for (const line of described) {
    const parameter = /^@([\w.]+): (.*)$/.exec(line);
    const last = parameters.at(-1);
    if (parameter !== null) parameters.push({ name: parameter[1] ?? "", text: parameter[2] ?? "" });
    else if (last !== undefined) last.text += ` ${line.trim()}`;
  }
  const names = signatureOf(name, code);
  if ((names ?? []).join() !== parameters.map((parameter) => parameter.name).join()) {
    throw new Error(`${name} has the parameters ${names?.join(", ")}, its comment describes ${parameters.map((p) => p.name).join(", ")}`);
  }
  const signature = names === null ? name : `${name}(${names.join(", ")})`;
  return { name, signature, summary, parameters, text: end === -1 ? "" : textOf(rest.slice(end)) };
}

/** The names of the parameters; null where there are no parentheses. */
function signatureOf(name: string, code: string): string[] | null {
  const macro = new RegExp(`^#define ${name}(?:\\(([^)]*)\\))?(?:\\s|$)`, "m").exec(code);
  const found = macro ?? new RegExp(`^static[^\\n(]*\\b${name}\\(([^)]*)\\)`, "m").exec(code);
  if (found === null) throw new Error(`no definition follows the comment about ${name}`);
  return found[1] === undefined ? null : found[1].split(",").map((parameter) => /[\w.]+$/.exec(parameter.trim())?.[0] ?? "");
}

function* constantsOf(code: string): Iterable<Constant> {
  for (const [, name = "", parameters, value = ""] of code.matchAll(/^#define (\w+)(?:\(([^)]*)\))?[ \t]*(.*)$/gm)) {
    if (!isInternal(name)) yield { name, parameters: parameters ?? null, value };
  }
}

function* functionsOf(code: string): Iterable<string> {
  for (const [, name = ""] of code.matchAll(/^static [^\n(]*?\b(\w+)\(/gm)) yield name;
}
