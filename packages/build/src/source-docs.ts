import type { Layout, Member } from "@lbc/core/layout";

/** Comments of C sources by what they stand at: `struct event`, `struct event.pid`, or the name of a map, global or program. */
type Docs = Map<string, string>;

/** A lexical element: of a comment its text, of an include or a macro nothing is kept. */
const elements =
  /\/\*[\s\S]*?\*\/|\/\/[^\n]*|^[ \t]*#(?:\\\n|[^\n])*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|[A-Za-z_]\w*|\n|[{}()[\];,=:]/gm;

/**
 * A layout with the comments of the sources that it was compiled from, where no declaration tag says anything: those right before a
 * declaration, and those behind it on its line.
 */
export function documented(layout: Layout, sources: readonly string[]): Layout {
  const docs: Docs = new Map();
  for (const source of sources) new DocReader(docs).read(source);
  const named = <Item extends { readonly name: string; readonly doc: string | null }>(item: Item): Item =>
    withDoc(item, docs.get(item.name));
  return {
    ...layout,
    types: layout.types.map((decl) => {
      if (decl.name === null) return decl;
      const key = `${decl.kind} ${decl.name}`;
      if (decl.kind === "enum" || decl.kind === "typedef") return withDoc(decl, docs.get(key));
      return withDoc({ ...decl, members: decl.members.map((member) => withMemberDoc(member, docs, key)) }, docs.get(key));
    }),
    maps: layout.maps.map(named),
    programs: layout.programs.map(named),
    structOps: layout.structOps.map(named),
    sections: layout.sections.map((section) => ({
      ...section,
      members: section.members.map((member) => (member.kind === "variable" ? named(member) : member)),
    })),
  };
}

const withMemberDoc = (member: Member, docs: Docs, key: string): Member =>
  member.kind === "padding" || member.name === null ? member : withDoc(member, docs.get(`${key}.${member.name}`));

const withDoc = <Item extends { readonly doc: string | null }>(item: Item, doc: string | undefined): Item =>
  item.doc === null && doc !== undefined ? { ...item, doc } : item;

/** What a brace opens: a struct or union, or what is passed over, as bodies and initializers are; and the declaration that goes on behind it. */
interface Scope {
  readonly kind: "file" | "type" | "passed";
  /** `struct event`; null where members are not told apart by name. */
  readonly key: string | null;
  readonly words: readonly string[];
  readonly doc: string | null;
}

/** Reads one source; of several comments for a name the first is kept. */
class DocReader {
  readonly #docs: Docs;
  readonly #scopes: Scope[] = [];
  /** The words and brackets of the declaration so far, but for what is in braces. */
  #words: readonly string[] = [];
  /** The comment before the declaration, and the one that may turn out to be. */
  #doc: string | null = null;
  #comment: string | null = null;
  /** Since the last comment or word. */
  #newlines = 0;
  /** What was declared last on this line. */
  #last: string | null = null;

  constructor(docs: Docs) {
    this.#docs = docs;
  }

  read(source: string): void {
    for (const [element] of source.matchAll(elements)) {
      if (element === "\n") this.#newline();
      else if (element.startsWith("/*") || element.startsWith("//")) this.#readComment(element);
      else if (element.trimStart().startsWith("#")) this.#comment = null;
      else this.#readWord(element);
    }
  }

  #newline(): void {
    this.#last = null;
    this.#newlines++;
    if (this.#newlines > 1) this.#comment = null;
  }

  #readComment(element: string): void {
    const text = commentText(element);
    if (this.#last !== null) {
      this.#keep(this.#last, text);
      return;
    }
    const goesOn = element.startsWith("//") && this.#comment !== null && this.#newlines === 1;
    this.#comment = goesOn ? `${this.#comment}\n${text}` : text;
    this.#newlines = 0;
  }

  #readWord(word: string): void {
    if (this.#words.length === 0) this.#doc = this.#comment;
    this.#comment = null;
    this.#newlines = 0;
    if (word === "{") this.#open();
    else if (word === "}") this.#close();
    else if (word === ";") this.#end();
    else if (this.#kind !== "passed") this.#words = [...this.#words, word];
  }

  get #kind(): Scope["kind"] {
    return this.#scopes.at(-1)?.kind ?? "file";
  }

  #open(): void {
    const [words, doc] = [this.#words, this.#doc];
    this.#words = [];
    const [, tag, name] = /(?:^| )(struct|union|enum)(?: (?!__)(\w+))?(?: __.*)?$/.exec(words.join(" ")) ?? [];
    if (tag !== undefined && this.#kind !== "passed") {
      const key = name === undefined ? null : `${tag} ${name}`;
      this.#keep(key, doc);
      const behind = words.includes("typedef") ? ["typedef"] : ["}"];
      this.#scopes.push({ kind: tag === "enum" ? "passed" : "type", key, words: behind, doc });
      return;
    }
    const func = this.#kind === "file" && !words.includes("=") ? functionName(words) : null;
    this.#keep(func, doc);
    this.#scopes.push({ kind: "passed", key: null, ...(func === null ? { words, doc } : { words: [], doc: null }) });
  }

  #close(): void {
    const closed = this.#scopes.pop();
    this.#words = closed?.words ?? [];
    this.#doc = closed?.doc ?? null;
  }

  #end(): void {
    const words = this.#words;
    this.#words = [];
    const name = this.#kind === "passed" ? null : declaredName(words);
    const key = this.#scopes.at(-1)?.key;
    if (name === null || key === null) this.#last = null;
    else if (key !== undefined) this.#last = `${key}.${name}`;
    else this.#last = words.includes("typedef") ? `typedef ${name}` : name;
    this.#keep(this.#last, this.#doc);
  }

  #keep(key: string | null, text: string | null): void {
    if (key !== null && text !== null && text !== "" && !this.#docs.has(key)) this.#docs.set(key, text);
  }
}

/** Words outside of brackets, each with where it stands. */
function outside(words: readonly string[]): [word: string, index: number][] {
  let depth = 0;
  return words.flatMap((word, index): [string, number][] => {
    if (word === "(" || word === "[") depth++;
    else if (word === ")" || word === "]") depth--;
    else if (depth === 0) return [[word, index]];
    return [];
  });
}

const isName = (word: string | undefined): word is string => word !== undefined && /^(?!__|SEC$)[A-Za-z_]/.test(word);

/** The name before `=`, `:`, an array's length or a section; the first argument of a macro such as LBC_HASH(). */
function declaredName(words: readonly string[]): string | null {
  if (words[1] === "(" && /^[A-Z][A-Z0-9_]*$/.test(words[0] ?? "")) return isName(words[2]) ? words[2] : null;
  const plain = outside(words);
  const end = plain.findIndex(([word]) => word === "=" || word === ":" || word === ",");
  const names = (end < 0 ? plain : plain.slice(0, end)).map(([word]) => word).filter(isName);
  return names.at(-1) ?? null;
}

/** `run` of `SEC("xdp") int run(…)`, and of `BPF_PROG(run, …)`. */
function functionName(words: readonly string[]): string | null {
  const [name, index] = outside(words).findLast(([word, at]) => isName(word) && words[at + 1] === "(") ?? [];
  if (name === undefined || index === undefined) return null;
  return /^BPF_[A-Z_]+$/.test(name) ? (words[index + 2] ?? null) : name;
}

/** What a comment says, without its stars. Licences are not about what follows. */
function commentText(comment: string): string {
  const inside = comment.startsWith("//") ? comment.replace(/^\/+/, "") : comment.slice(2, -2);
  if (inside.includes("SPDX-License-Identifier")) return "";
  const lines = inside.split("\n").map((line) => line.replace(/^\s*\*+/, "").trim());
  return lines.join("\n").replace(/^\*+/, "").trim();
}
