/** Whether the compiler has seen a branch of `#if`: "unknown" where that depends on a macro whose value no source tells. */
export type Branch = "compiled" | "left out" | "unknown";

/** What a directive does to the groups of `#if`: nothing, or it begins one, goes on to its next branch, or ends it. */
export type Step = "begin" | "next" | "end" | null;

interface Group {
  /** Of all groups around it as well. */
  readonly branch: Branch;
  /** Whether a branch behind this one may be compiled: it is left out if one before it was. */
  readonly rest: Branch;
}

/** What compilers define for BPF, and what they do not define for C. */
const knownMacros: ReadonlyMap<string, boolean> = new Map([
  ["__bpf__", true],
  ["__BPF__", true],
  ["__cplusplus", false],
]);

/** Follows the conditional directives of one source. @see https://gcc.gnu.org/onlinedocs/cpp/Conditionals.html */
export class Conditionals {
  readonly #groups: Group[] = [];
  #directives = 0;
  /** The macro of an `#ifndef` that guards the file against a second inclusion, if a definition of the macro comes next. */
  #guard: string | null = null;

  get branch(): Branch {
    return this.#groups.at(-1)?.branch ?? "compiled";
  }

  read(directive: string): Step {
    const text = directive.replaceAll(/\/\*[\s\S]*?(?:\*\/|(?![\s\S]))|\/\/.*|\\\n/g, " ").trim();
    const [, name = "", condition = ""] = /^#\s*(\w*)\s*([\s\S]*)$/.exec(text) ?? [];
    this.#directives++;
    if (name === "define" && this.#guard !== null && condition.split(/\W/, 1)[0] === this.#guard) {
      this.#groups.pop();
      this.#enter("compiled", "compiled");
    }
    this.#guard = name === "ifndef" && this.#directives === 1 ? condition : null;
    if (name === "if" || name === "ifdef" || name === "ifndef") {
      this.#enter("compiled", conditionValue(name, condition));
      return "begin";
    }
    if (name === "endif") return this.#groups.pop() === undefined ? null : "end";
    const group = /^(else|elif|elifdef|elifndef)$/.test(name) ? this.#groups.pop() : undefined;
    if (group === undefined) return null;
    this.#enter(group.rest, name === "else" ? "compiled" : conditionValue(name.slice(2), condition));
    return "next";
  }

  /** A branch of a condition's value, in a group whose branches before it leave `reached` to it. */
  #enter(reached: Branch, value: Branch): void {
    const around = this.branch;
    const branch = both(around, both(reached, value));
    const rest = value === "compiled" || reached === "left out" ? "left out" : both(reached, value === "unknown" ? "unknown" : "compiled");
    this.#groups.push({ branch, rest });
  }
}

function both(one: Branch, other: Branch): Branch {
  if (one === "left out" || other === "left out") return "left out";
  return one === "unknown" ? one : other;
}

function conditionValue(name: string, condition: string): Branch {
  const [, not = "", parenthesized, bare] = /^(!?)\s*defined\s*(?:\(\s*(\w+)\s*\)|(\w+))$/.exec(condition) ?? [];
  const macro = name === "if" ? (parenthesized ?? bare) : condition;
  const known = macro === undefined ? { 0: false, 1: true }[condition] : knownMacros.get(macro);
  if (known === undefined) return "unknown";
  return known === (name !== "ifndef" && not === "") ? "compiled" : "left out";
}
