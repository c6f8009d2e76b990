import { allocateNames, convertCase, type NamingPolicy, printable } from "@lbc/emit";
import { systemConstants, systemMacros } from "./system-names.ts";

/** Keywords of C11 to C23 and of C++11 to C++20: the output compiles as both. */
const keywords =
  `alignas alignof and and_eq asm atomic_cancel auto bitand bitor bool break case catch char char16_t char32_t char8_t class co_await
  co_return co_yield compl concept const const_cast consteval constexpr constinit continue decltype default delete do double dynamic_cast else
  enum explicit export extern false final float for friend goto if inline int long mutable namespace new noexcept not not_eq nullptr operator
  or or_eq override private protected public register reinterpret_cast requires restrict return short signed sizeof static static_assert
  static_cast struct switch template this thread_local throw true try typedef typeid typename typeof typeof_unqual union unsigned using
  virtual void volatile wchar_t while xor xor_eq`
    .trim()
    .split(/\s+/);

/** Macros of the headers that the output includes. */
const macros = ["NULL", "offsetof", "SEC", "assert", "EOF", "__unused", "__packed"];

const reserved: ReadonlySet<string> = new Set([...keywords, ...macros, ...systemMacros, ...systemConstants]);

/** Kernel names stay as they are wherever C and C++ take them. */
export const cNames: NamingPolicy = { case: "unchanged", reserved, escape: (name) => `${name}_`, prefix: "_" };

const c11 =
  `auto break case char const continue default do double else enum extern float for goto if inline int long register restrict return short
  signed sizeof static struct switch typedef union unsigned void volatile while`
    .trim()
    .split(/\s+/);

/** For BPF sources, which are C alone: what is a keyword of C++ keeps the name that the first source gave it. */
export const bpfNames: NamingPolicy = { ...cNames, reserved: new Set(c11) };

const ofCxxOnly = new RegExp(`\\b(?:${keywords.filter((word) => !c11.includes(word) && word !== "bool").join("|")})\\b`);

/** Whether a declaration has a name that is a keyword for C++, and for C before C23 none. `bool` names one type in both. */
export const hasCxxKeyword = (declaration: string): boolean => ofCxxOnly.test(declaration.replace(/\/\*.*?\*\//g, ""));

/** Macros: the same in upper case. */
export const macroNames: NamingPolicy = { ...cNames, case: "SCREAMING_SNAKE_CASE" };

/** What every name of one skeleton is made from. */
export interface UnitNames {
  /** `hello`, an identifier: prefix of types that cannot have their own name. */
  readonly unit: string;
  /** `hello_bpf`, as `bpftool gen skeleton hello.bpf.o` has it. */
  readonly skeleton: string;
  /** `HELLO`: prefix of macros. */
  readonly macro: string;
}

export function unitNames(objectName: string): UnitNames {
  const unit = /^[A-Za-z_]/.test(objectName) ? convertCase(objectName, "unchanged") : `_${convertCase(objectName, "unchanged")}`;
  return { unit, skeleton: `${unit}_bpf`, macro: unit.toUpperCase() };
}

/** What a name says of the map, section or program it is made for: a verb before it, an ending after it (`_fn`), or nothing. */
export type NamePart = string;

/** Names of functions and of the types that they take, all decided at once: a map `x` and a map `max_entries_x` must not meet. */
export class FunctionNames {
  readonly #names = new Map<string, string>();

  constructor(skeleton: string, wanted: readonly (readonly [part: NamePart, of: string])[]) {
    const names = allocateNames(
      wanted.map(([part, of]) => `${skeleton}__${part === "" || part.startsWith("_") ? `${of}${part}` : `${part}_${of}`}`),
      cNames,
    );
    wanted.forEach(([part, of], index) => {
      this.#names.set(`${part} ${of}`, names[index] ?? "");
    });
  }

  /** The name for a part and the member name of what it belongs to: `hello_bpf__poll_events`, `hello_bpf__events_fn`. */
  get(part: NamePart, of: string): string {
    const name = this.#names.get(`${part} ${of}`);
    if (name === undefined) throw new RangeError(`no name was asked for: ${part} ${of}`);
    return name;
  }
}

/** A C string literal. Octal escapes end after three digits, hexadecimal ones would take in what follows. */
export function quote(text: string): string {
  const bytes = new TextEncoder().encode(text);
  const escaped = Array.from(bytes, (byte) => {
    const char = String.fromCharCode(byte);
    if (char === '"' || char === "\\" || char === "?") return `\\${char}`;
    return byte >= 0x20 && byte < 0x7f ? char : `\\${byte.toString(8).padStart(3, "0")}`;
  });
  return `"${escaped.join("")}"`;
}

/** Text inside a comment: no end of comment, one line. */
export function commentText(text: string): string {
  return printable(text)
    .replaceAll("*/", "* /")
    .replaceAll("/*", "/ *")
    .replace(/\s*[\r\n]+\s*/g, " ")
    .trim();
}

/** A comment above what it tells of, in the kernel's style: lines and paragraphs of the text stay. */
export function commentLines(text: string): string[] {
  const lines = printable(text).trim().split("\n").map(commentText);
  if (lines.length === 1) return [`/* ${lines[0]} */`];
  const single = lines.filter((line, index) => line !== "" || lines[index - 1] !== "");
  return ["/*", ...single.map((line) => ` * ${line}`.trimEnd()), " */"];
}
