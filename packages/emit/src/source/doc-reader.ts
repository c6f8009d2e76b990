import { commentText, documentation, isAboutBefore } from "./comment-text.ts";
import { Conditionals } from "./conditionals.ts";
import { elements } from "./elements.ts";

/**
 * Comments of C sources by what they stand at: the name of a map, global, program or enumerator, which C keeps in one namespace,
 * `struct event`, `typedef pid_t`; a member behind these, `struct event.addr.v4`, where the members of anonymous structs and unions
 * without a name stand in what contains them.
 */
export type Docs = ReadonlyMap<string, string>;

/**
 * The comments right before a declaration, and those behind it on its line; of several for a name the first is kept. What stands in a
 * branch of `#if` that may not be compiled says nothing.
 */
export function readDocs(sources: readonly string[]): Docs {
  const docs = new Map<string, string>();
  for (const source of sources) new DocReader(docs).read(source);
  return docs;
}

/** Words of a declaration; what is longer is no C that somebody wrote. */
const longest = 1000;

/** What a brace opens, `passed` being over bodies and initializers, and the declaration that goes on behind it. */
interface Scope {
  readonly outer: Scope | null;
  readonly kind: "type" | "enum" | "passed";
  /** `struct event`; null where the members are told apart by what is declared behind the brace. */
  readonly key: string | null;
  /** Of the members, by their names. */
  readonly docs: Map<string, string>;
  readonly words: readonly string[];
  readonly doc: string | null;
}

/** Where the declarations stand that go on in each branch of an `#if`. */
interface State {
  readonly scope: Scope | null;
  readonly words: readonly string[];
  readonly inner: Docs;
  readonly doc: string | null;
}

class DocReader {
  readonly #docs: Map<string, string>;
  readonly #conditionals = new Conditionals();
  readonly #states: State[] = [];
  #scope: Scope | null = null;
  /** The words and brackets of the declaration so far, but for what is in braces. */
  #words: readonly string[] = [];
  /** Of the members of an anonymous type that the declaration began with. */
  #inner: Docs = new Map();
  /** The comment before the declaration, and the one that may turn out to be. */
  #doc: string | null = null;
  #comment: string | null = null;
  /** Since the last comment or word. */
  #newlines = 0;
  /** Keeps a comment for what was declared last on this line. */
  #keepBehind: ((text: string) => void) | null = null;

  constructor(docs: Map<string, string>) {
    this.#docs = docs;
  }

  read(source: string): void {
    for (const [element] of source.matchAll(elements)) {
      if (element === "\n") this.#newline();
      else if (element.trimStart().startsWith("#")) this.#readDirective(element);
      else if (this.#conditionals.branch === "left out") continue;
      else if (element.startsWith("/*") || element.startsWith("//")) this.#readComment(element);
      else this.#readWord(element);
    }
  }

  /** Each branch begins where the `#if` stands; what follows goes on from the last one. */
  #readDirective(element: string): void {
    this.#comment = null;
    const step = this.#conditionals.read(element);
    const state = step === "end" ? this.#states.pop() : this.#states.at(-1);
    if (this.#conditionals.branch === "unknown") this.#doc = null;
    if (step === "begin") this.#states.push({ scope: this.#scope, words: this.#words, inner: this.#inner, doc: this.#doc });
    if (step !== "next" || state === undefined || this.#conditionals.branch === "left out") return;
    this.#scope = state.scope;
    this.#words = state.words;
    this.#inner = state.inner;
    this.#doc = state.doc;
  }

  #newline(): void {
    this.#keepBehind = null;
    this.#newlines++;
    if (this.#newlines > 1) this.#comment = null;
  }

  #readComment(element: string): void {
    const text = this.#conditionals.branch === "unknown" ? "" : commentText(element);
    if (text === null) {
      this.#newlines = 0;
      return;
    }
    // The last enumerator has no comma before its comment.
    if (this.#kind === "enum" && this.#words.length > 0 && this.#newlines === 0) this.#endEnumerator();
    if (this.#keepBehind !== null) {
      this.#keepBehind(text);
      return;
    }
    if (isAboutBefore(element)) return;
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
    else if (word === "," && this.#kind === "enum" && isBalanced(this.#words)) this.#endEnumerator();
    else if (this.#kind !== "passed" && this.#words.length < longest) this.#words = [...this.#words, word];
  }

  get #kind(): Scope["kind"] | "file" {
    return this.#scope?.kind ?? "file";
  }

  #open(): void {
    const [words, doc] = [this.#words, this.#doc];
    this.#words = [];
    const [, tag, name] = /(?:^| )(struct|union|enum)(?: (?!__)(\w+))?(?: __.*)?$/.exec(words.join(" ")) ?? [];
    if (tag !== undefined && (this.#kind === "file" || this.#kind === "type")) {
      const key = name === undefined ? null : `${tag} ${name}`;
      if (key !== null) keep(this.#docs, key, doc);
      const behind = words.includes("typedef") ? ["typedef"] : ["}"];
      this.#enter({ kind: tag === "enum" ? "enum" : "type", key, docs: new Map(), words: behind, doc });
      return;
    }
    const func = this.#kind === "file" && !words.includes("=") ? functionName(words) : null;
    if (func !== null) keep(this.#docs, func, doc);
    this.#enter({ kind: "passed", key: null, docs: new Map(), ...(func === null ? { words, doc } : { words: [], doc: null }) });
  }

  #enter(scope: Omit<Scope, "outer">): void {
    this.#scope = { outer: this.#scope, ...scope };
  }

  #close(): void {
    if (this.#kind === "enum") this.#endEnumerator();
    this.#keepBehind = null;
    const closed = this.#scope;
    this.#scope = closed?.outer ?? null;
    this.#words = closed?.words ?? [];
    this.#doc = closed?.doc ?? null;
    if (closed?.kind !== "type") return;
    if (closed.key === null) this.#inner = closed.docs;
    else keepAll(this.#docs, `${closed.key}.`, closed.docs);
  }

  #end(): void {
    const [words, doc, inner] = [this.#words, this.#doc, this.#inner];
    this.#words = [];
    this.#inner = new Map();
    this.#keepBehind = null;
    if (this.#kind === "passed" || this.#kind === "enum") return;
    const docs = this.#scope?.docs ?? this.#docs;
    const name = declaredName(words);
    if (name === null) {
      // Members of an anonymous struct or union stand in what contains it.
      if (docs !== this.#docs) keepAll(docs, "", inner);
      return;
    }
    const key = this.#kind === "file" && words.includes("typedef") ? `typedef ${name}` : name;
    keep(docs, key, doc);
    keepAll(docs, `${key}.`, inner);
    this.#keepBehind = (text) => keep(docs, key, text);
  }

  #endEnumerator(): void {
    const [name] = this.#words;
    this.#words = [];
    if (!isName(name)) return;
    keep(this.#docs, name, this.#doc);
    this.#keepBehind = (text) => keep(this.#docs, name, text);
  }
}

function keep(docs: Map<string, string>, key: string, text: string | null): void {
  const doc = documentation(text ?? "");
  if (doc !== "" && !docs.has(key)) docs.set(key, doc);
}

function keepAll(docs: Map<string, string>, prefix: string, inner: Docs): void {
  for (const [name, text] of inner) keep(docs, prefix + name, text);
}

const isBalanced = (words: readonly string[]): boolean =>
  words.filter((word) => word === "(").length === words.filter((word) => word === ")").length;

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
