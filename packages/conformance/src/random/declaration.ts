/** A random C type, as plain data: what shrinks. Names are given when it is printed. */
export interface RandomType {
  readonly kind: "struct" | "union";
  readonly packed: boolean;
  /** N of `aligned(N)`, as a power of two; null without. */
  readonly aligned: number | null;
  readonly members: readonly RandomMember[];
  /** Whether its last member is an array without a length; only of structs that are in no other. */
  readonly flexible: boolean;
}

export interface RandomMember {
  readonly type: MemberType;
  /** One of {@link memberNames}: some are reserved in one language or another. */
  readonly name: number;
  readonly packed: boolean;
  readonly aligned: number | null;
  /** Lengths, outermost first. */
  readonly lengths: readonly number[];
  /** Width of a bit-field in hundredths of its type's; null for a field. Where it comes to 0, it is unnamed and ends the unit. */
  readonly bits: number | null;
  readonly qualifier: "" | "const " | "volatile ";
}

export type MemberType =
  | { readonly kind: "scalar"; readonly index: number }
  | { readonly kind: "enum"; readonly index: number }
  | { readonly kind: "composite"; readonly type: RandomType; readonly form: "inline" | "anonymous" | "tagged" | "typedef" };

interface Scalar {
  readonly text: string;
  /** Width in bits of a bit-field of it; 0 where there is none. */
  readonly bits: number;
}

export const scalars: readonly Scalar[] = [
  ...["u8", "signed char", "char", "unsigned char"].map((text) => ({ text, bits: 8 })),
  ...["short", "unsigned short"].map((text) => ({ text, bits: 16 })),
  ...["int", "unsigned int", "u32"].map((text) => ({ text, bits: 32 })),
  ...["long", "unsigned long", "long long", "u64"].map((text) => ({ text, bits: 64 })),
  { text: "bool", bits: 1 },
  ...["__int128", "unsigned __int128"].map((text) => ({ text, bits: 128 })),
  ...["float", "double", "void *", "const char *", "handler_t", "struct incomplete *"].map((text) => ({ text, bits: 0 })),
];

/** Beside the scalars, what every random declaration begins with. */
export const prelude = `typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef _Bool bool;
typedef int (*handler_t)(void *);
struct incomplete;
enum plain { PLAIN_A, PLAIN_B = 5, PLAIN_C };
enum negative { NEGATIVE_A = -3, NEGATIVE_B = 100000 };
enum __attribute__((packed)) small { SMALL_A, SMALL_B = 200 };
enum __attribute__((packed)) small_negative { SMALL_NEGATIVE_A = -100, SMALL_NEGATIVE_B };
enum wide { WIDE_A = 1ULL << 40, WIDE_B = 3 };
enum wide_negative { WIDE_NEGATIVE_A = -(1LL << 40), WIDE_NEGATIVE_B };
`;

export const enums: readonly Scalar[] = [
  { text: "enum plain", bits: 32 },
  { text: "enum negative", bits: 32 },
  { text: "enum small", bits: 8 },
  { text: "enum small_negative", bits: 8 },
  { text: "enum wide", bits: 64 },
  { text: "enum wide_negative", bits: 64 },
];

export const memberNames: readonly string[] = (
  "a b c value type match class self from len String fooBar foo_bar set_a Size impl chan def lambda " +
  "delete constructor bytes_0 padding_0 _1 __x then new yield x1_2 get"
).split(" ");

/** A declaration for clang: the definitions of a type and of those inside it, each tag with a prefix of its own. */
export function printType(type: RandomType, tag: string): string {
  return new Printer(tag).definition(type);
}

class Printer {
  readonly #tag: string;
  readonly #before: string[] = [];
  #inner = 0;

  constructor(tag: string) {
    this.#tag = tag;
  }

  definition(type: RandomType): string {
    const body = this.#composite(type, `${this.#tag} `, new Set());
    return [...this.#before, `${body};`, ""].join("\n");
  }

  /** `taken` are the names in the scope of the nearest type that has a name. */
  #composite({ kind, packed, aligned, members, flexible }: RandomType, tag: string, taken: Set<string>): string {
    const lines = members.map((member, index) => {
      const isFlexible = flexible && kind === "struct" && index === members.length - 1 && taken.size > 0;
      return `\t${this.#member(member, taken, isFlexible)};\n`;
    });
    return `${kind} ${tag}{\n${lines.join("")}}${attributes(packed, aligned)}`;
  }

  #member({ type, name, packed, aligned, lengths, bits, qualifier }: RandomMember, taken: Set<string>, isFlexible: boolean): string {
    const isAnonymous = type.kind === "composite" && type.form === "anonymous";
    const text = qualifier + this.#type(type, taken);
    if (isAnonymous) return text;
    if (isFlexible) return `${text} ${unique(name, taken)}[]${attributes(packed, aligned)}`;
    const width = type.kind === "composite" ? 0 : ((type.kind === "enum" ? enums : scalars)[type.index]?.bits ?? 0);
    if (bits !== null && width > 0) {
      const size = Math.round((bits * width) / 100);
      return size === 0 ? `${text} : 0` : `${text} ${unique(name, taken)} : ${size}${attributes(packed, null)}`;
    }
    const array = lengths.map((length) => `[${length}]`).join("");
    return `${text} ${unique(name, taken)}${array}${attributes(packed, aligned)}`;
  }

  #type(type: MemberType, taken: Set<string>): string {
    if (type.kind === "scalar") return scalars[type.index]?.text ?? "int";
    if (type.kind === "enum") return enums[type.index]?.text ?? "int";
    if (type.form === "anonymous") return this.#composite(type.type, "", taken);
    if (type.form === "inline") return this.#composite(type.type, "", new Set());
    const tag = `${this.#tag}_${this.#inner++}`;
    const definition =
      type.form === "typedef" ? this.#composite(type.type, "", new Set()) : this.#composite(type.type, `${tag} `, new Set());
    this.#before.push(type.form === "typedef" ? `typedef ${definition} ${tag};` : `${definition};`);
    return type.form === "typedef" ? tag : `${type.type.kind} ${tag}`;
  }
}

function unique(index: number, taken: Set<string>): string {
  const wanted = memberNames[index % memberNames.length] ?? "a";
  let name = wanted;
  for (let next = 2; taken.has(name); next++) name = `${wanted}${next}`;
  taken.add(name);
  return name;
}

function attributes(packed: boolean, aligned: number | null): string {
  const list = [...(packed ? ["packed"] : []), ...(aligned === null ? [] : [`aligned(${2 ** aligned})`])];
  return list.length === 0 ? "" : ` __attribute__((${list.join(", ")}))`;
}
