import {
  type Bits,
  compositeOf,
  type EnumDecl,
  type EnumForm,
  enumForm,
  type IntRef,
  type Layout,
  leavesOf,
  type Member,
  resolveTypedefs,
  type StructDecl,
  sizeOf,
  type TypeDecl,
  type TypedefDecl,
  type UnionDecl,
} from "@lbc/core/layout";
import { commentLines } from "./names.ts";
import { type Item, needsWideType, type Placement, placeStruct, placeUnion } from "./placement.ts";
import type { Spelling } from "./spelling.ts";
import type { TypeNames } from "./type-names.ts";

/** One type as it is printed. */
export interface Declaration {
  /** `LBC_STRUCT_event`: defined where the type is, so that another header does not define it again; null for private types. */
  readonly guard: string | null;
  /** Whether NAME_NO_TYPES leaves it to the user: structs, unions and enums under their own names. */
  readonly optional: boolean;
  /** Lines, formatted. */
  readonly text: string;
  /** Conditions that must hold when it is compiled, and what is wrong where one does not. */
  readonly assertions: readonly Assertion[];
}

export interface Assertion {
  readonly condition: string;
  readonly message: string;
}

type Composite = StructDecl | UnionDecl;
type NamedMember = Exclude<Member, { kind: "padding" }>;

/** Prints the declarations of one object's types. */
export class DeclarationPrinter {
  readonly #layout: Layout;
  readonly #names: TypeNames;
  readonly #spelling: Spelling;
  readonly #offsetof: string;
  readonly #alignof: string;

  constructor(layout: Layout, names: TypeNames, spelling: Spelling, side: "user" | "bpf") {
    this.#layout = layout;
    this.#names = names;
    this.#spelling = spelling;
    // BPF sources have neither stddef.h nor stdalign.h
    this.#offsetof = side === "user" ? "offsetof" : "__builtin_offsetof";
    this.#alignof = side === "user" ? "alignof" : "_Alignof";
  }

  /** All types that are printed at file level, each after those that it contains. */
  all(): Declaration[] {
    return this.#layout.types.flatMap((decl) => {
      const { role } = this.#names.type(decl.id);
      return role === "own" || role === "private" ? [this.#declaration(decl)] : [];
    });
  }

  #declaration(decl: TypeDecl): Declaration {
    const { role, name, typedefs, spelling } = this.#names.type(decl.id);
    const own = role === "own";
    const doc = decl.doc === null ? [] : commentLines(decl.doc);
    return {
      guard: own ? `LBC_${typedefs ? "TYPEDEF" : decl.kind.toUpperCase()}_${name}` : null,
      optional: own && decl.kind !== "typedef",
      text: [...doc, decl.kind === "enum" ? this.#enum(decl, typedefs, name) : this.#definition(decl, typedefs, name)].join("\n"),
      assertions: decl.kind === "typedef" ? [] : this.#assertions(decl, spelling ?? name),
    };
  }

  #definition(decl: Composite | TypedefDecl, typedefs: boolean, name: string): string {
    if (decl.kind === "typedef") return `${this.#typedef(decl, name)};`;
    return tagged(decl.kind, this.#compositeBody(decl, decl.id, 1, this.#paddingNames(decl)), typedefs, name);
  }

  #typedef(decl: TypedefDecl, name: string): string {
    return `typedef ${this.#spelling.declare(decl.type, name)}`;
  }

  #enum(decl: EnumDecl, typedefs: boolean, name: string): string {
    const names = this.#names.enumerators(decl);
    const lines = decl.values.flatMap(({ value, doc }, index) => [
      ...(doc === null ? [] : commentLines(doc).map((line) => `\t${line}`)),
      `\t${names[index]} = ${enumerator(value)},`,
    ]);
    const body = `{\n${lines.join("\n")}\n}`;
    const form = formOf(decl);
    if (form !== "fixed") return tagged("enum", `${body}${attributes(form === "packed" ? form : null)}`, typedefs, name);
    const type = this.#spelling.declare({ kind: "int", bytes: decl.bytes, signed: decl.signed, role: "number" }, "");
    return [
      "#if defined(__cplusplus) || defined(__clang__) || __GNUC__ >= 13",
      `__extension__ ${tagged("enum", body, typedefs, name, type)}`,
      "#else",
      tagged("enum", `${body}${attributes(enumMode(decl))}`, typedefs, name),
      "#endif",
    ].join("\n");
  }

  /** Names that no member has, in the scope of a named struct or union. */
  #paddingNames(decl: Composite): () => string {
    return paddingNames(new Set(leavesOf(this.#layout, decl).map(({ member }) => this.#names.member(decl.id, member))));
  }

  /** `scope` is the type whose scope the names of members and padding are in: that of the nearest named struct or union. */
  #compositeBody(decl: Composite, scope: number, depth: number, padding: () => string): string {
    const members = decl.members.filter((member) => member.kind !== "padding");
    const placement = (decl.kind === "struct" ? placeStruct : placeUnion)<NamedMember>(this.#layout, members, decl);
    const indent = "\t".repeat(depth);
    const lines = placement.items.flatMap((item) => this.#item(item, placement, scope, depth, padding));
    // an empty struct has one byte in C++, and none in C
    if (placement.items.length === 0) lines.push(`char ${padding()}[0];`);
    return `{\n${lines.map((line) => indent + line).join("\n")}\n${"\t".repeat(depth - 1)}}${placementAttributes(placement)}`;
  }

  #item(item: Item<NamedMember>, placement: Placement<NamedMember>, scope: number, depth: number, padding: () => string): string[] {
    if (item.kind === "pad-bits") return [`unsigned char : ${item.bits};`];
    if (item.kind === "pad-bytes") return [`unsigned char ${padding()}[${item.bytes}];`];
    const { member } = item;
    const doc = member.doc === null ? [] : commentLines(member.doc);
    const inner = member.kind === "field" && member.name === null ? compositeOf(this.#layout, member.type) : null;
    if (inner !== null) {
      return [...doc, `${inner.kind} ${this.#compositeBody(inner, scope, depth + 1, padding)};`];
    }
    const name = member.name === null ? "" : this.#names.member(scope, member);
    if (member.kind === "bits")
      return [...doc, `${this.#bitsType(member, placement.packed)} ${name}${name === "" ? "" : " "}: ${member.bitSize};`];
    return [...doc, `${this.#spelling.declare(member.type, name)};`];
  }

  #bitsType(bits: Bits, packed: boolean): string {
    const type = resolveTypedefs(this.#layout, bits.type);
    const bytes = sizeOf(this.#layout, bits.type);
    if (needsWideType(this.#layout, bits, packed)) {
      // a wider one would align a struct that is not packed
      const wide: IntRef = {
        kind: "int",
        bytes: packed && bytes < 4 ? 4 : (bytes as IntRef["bytes"]),
        signed: bits.signed,
        role: "number",
      };
      return this.#spelling.declare(wide, "");
    }
    // whether a plain char is signed is the machine's choice
    if (type.kind === "int" && type.role === "char") return this.#spelling.declare({ ...type, signed: bits.signed, role: "number" }, "");
    return this.#spelling.declare(bits.type, "");
  }

  #assertions(decl: Composite | EnumDecl, spelling: string): Assertion[] {
    const size = decl.kind === "enum" ? decl.bytes : decl.size;
    const assertions = [{ condition: `sizeof(${spelling}) == ${size}`, message: `size of ${spelling}` }];
    if (decl.kind === "enum") return assertions;
    assertions.push({ condition: `${this.#alignof}(${spelling}) == ${decl.align}`, message: `alignment of ${spelling}` });
    // C has no offsetof of a bit-field.
    for (const { kind, member, offset } of leavesOf(this.#layout, decl)) {
      if (kind === "bits") continue;
      const name = this.#names.member(decl.id, member);
      assertions.push({ condition: `${this.#offsetof}(${spelling}, ${name}) == ${offset}`, message: `offset of ${name} in ${spelling}` });
    }
    return assertions;
  }
}

/** `pad0`, `pad1` … past the names that the struct has. */
export function paddingNames(taken: ReadonlySet<string>): () => string {
  let next = 0;
  return () => {
    while (taken.has(`pad${next}`)) next++;
    return `pad${next++}`;
  };
}

export function placementAttributes(placement: { readonly packed: boolean; readonly aligned: number | null }): string {
  return attributes(...(placement.packed ? ["packed"] : []), ...(placement.aligned === null ? [] : [`aligned(${placement.aligned})`]));
}

/** `struct name …`, or a typedef for a type that has no tag; `type`: an enum's integer type. */
function tagged(kind: "struct" | "union" | "enum", body: string, typedefs: boolean, name: string, type: string | null = null): string {
  const of = type === null ? "" : `: ${type} `;
  return typedefs ? `typedef ${kind} ${of}${body} ${name};` : `${kind} ${name} ${of}${body};`;
}

function attributes(...list: (string | null)[]): string {
  const present = list.filter((item) => item !== null);
  return present.length === 0 ? "" : ` __attribute__((${present.join(", ")}))`;
}

/** Where it is not fixed, the size and sign of an enum come from its values. */
function formOf({ bytes, signed, values }: EnumDecl): EnumForm {
  const numbers = values.map(({ value }) => BigInt(value));
  const least = numbers.reduce((found, value) => (value < found ? value : found), 0n);
  const greatest = numbers.reduce((found, value) => (value > found ? value : found), 0n);
  return enumForm(bytes, signed, least, greatest);
}

/**
 * gcc's machine mode: in C, gcc before 13 can name no integer type for an enum. It then has the sign that its values have.
 * @see https://gcc.gnu.org/onlinedocs/gcc/Common-Type-Attributes.html
 */
function enumMode(decl: EnumDecl): string {
  return `mode(${{ 1: "QI", 2: "HI", 4: "SI", 8: "DI" }[decl.bytes]})`;
}

/** The lowest value of a signed type has no literal of its own, as C's minus is an operator. */
export function enumerator(value: string): string {
  const number = BigInt(value);
  if (number === -(1n << 63n)) return "-9223372036854775807LL - 1";
  if (number > 0x7fffffffffffffffn) return `${value}ULL`;
  return number > 0x7fffffffn || number < -0x80000000n ? `${value}LL` : value;
}
