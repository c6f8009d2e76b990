import type { ArrayRef, IntRef, Layout, OpaqueTarget, TypeRef } from "@lbc/core/layout";
import { identifier } from "@lbc/emit";
import type { TypeNames } from "./type-names.ts";

const integers: Readonly<Record<number, string>> = { 1: "char", 2: "short", 4: "int", 8: "long long", 16: "__int128" };

function integer({ bytes, signed, role }: IntRef): string {
  if (role === "bool" && bytes === 1) return "bool";
  if (role === "char" && bytes === 1) return "char";
  if (bytes === 1 && signed) return "signed char";
  return `${signed ? "" : "unsigned "}${integers[bytes]}`;
}

/** The sizes for which C11 and C++17 have a type; others are bytes. */
const floats: Readonly<Record<number, string>> = { 4: "float", 8: "double", 16: "long double" };

/** Writes types and declarations in C, with the names that were allocated. */
export class Spelling {
  readonly #layout: Layout;
  readonly #names: TypeNames;
  /** Tags that pointers need to be declared ahead. */
  readonly forwards = new Set<string>();

  constructor(layout: Layout, names: TypeNames) {
    this.#layout = layout;
    this.#names = names;
  }

  /** A declaration without its semicolon: `char comm[16]`, `struct task_struct *task`; an empty name gives the type alone. */
  declare(type: TypeRef, declarator: string, options: { readonly constant?: boolean } = {}): string {
    const constant = options.constant ?? false;
    switch (type.kind) {
      case "int":
        return base(integer(type), declarator, constant);
      case "float": {
        const name = floats[type.bytes];
        return name === undefined ? base("unsigned char", suffix(declarator, type.bytes), constant) : base(name, declarator, constant);
      }
      case "array":
        return this.declare(type.element, suffix(declarator, type.length), options);
      case "pointer":
        return this.#pointer(type.to, `*${constant ? `const ${declarator}` : declarator}`.trimEnd());
      case "named": {
        const { spelling } = this.#names.type(type.id);
        if (spelling !== null) return base(spelling, declarator, constant);
        const decl = this.#layout.types[type.id];
        if (decl?.kind === "typedef") return this.declare(decl.type, declarator, options);
        throw new RangeError(`type id ${type.id} has no name`);
      }
    }
  }

  /** A parameter that takes one value of a type: a pointer to it, or an array's own declaration, which C takes for one. */
  parameter(type: TypeRef | null, name: string, options: { readonly constant: boolean }): string {
    if (type === null) return base("void", `*${name}`, options.constant);
    const resolved = this.#arrayOf(type);
    return resolved === null ? this.declare(type, `*${name}`, options) : this.declare(resolved, name, options);
  }

  /** Like a parameter that takes any number of values. */
  arrayParameter(type: TypeRef | null, name: string, options: { readonly constant: boolean }): string {
    if (type === null) return base("void", `*${name}`, options.constant);
    return this.declare(type, this.#arrayOf(type) === null ? `*${name}` : `(*${name})`, options);
  }

  /** What makes a `const void *` the argument of `parameter`; nothing where that takes it as it is. */
  cast(type: TypeRef | null): string {
    if (type === null) return "";
    const array = this.#arrayOf(type);
    return this.#cast(array === null ? type : array.element, "*");
  }

  /** The same for `arrayParameter`. */
  arrayCast(type: TypeRef | null): string {
    if (type === null) return "";
    return this.#cast(type, this.#arrayOf(type) === null ? "*" : "(*)");
  }

  #cast(type: TypeRef, declarator: string): string {
    return `(${this.declare(type, declarator, { constant: true }).replace(" (*)", "(*)")})`;
  }

  #arrayOf(type: TypeRef): ArrayRef | null {
    if (type.kind === "array") return type.length > 0 ? type : null;
    if (type.kind !== "named" || this.#names.type(type.id).spelling !== null) return null;
    const decl = this.#layout.types[type.id];
    return decl?.kind === "typedef" ? this.#arrayOf(decl.type) : null;
  }

  #tagPointer(kind: "struct" | "union", name: string, declarator: string): string {
    if (!this.#names.canBeTag(kind, name)) return base("void", declarator, false);
    this.forwards.add(`${kind} ${name}`);
    return base(`${kind} ${name}`, declarator, false);
  }

  #pointer(to: TypeRef | OpaqueTarget, declarator: string): string {
    switch (to.kind) {
      case "void":
        return base("void", declarator, false);
      case "function":
        return `void (${declarator})(void)`;
      case "incomplete":
        if (to.name === null || (to.tag !== "struct" && to.tag !== "union")) return base("void", declarator, false);
        return this.#tagPointer(to.tag, identifier(to.name, this.#names.policy), declarator);
      case "named": {
        const { role, spelling, typedefs, name } = this.#names.type(to.id);
        const decl = this.#layout.types[to.id];
        // a typedef of the output may be declared later only: what it stands for is as good
        if (decl?.kind === "typedef" && (role !== "seen-through" || spelling === null)) return this.#pointer(decl.type, declarator);
        if (role === "seen-through" && spelling !== null) return base(spelling, declarator, false);
        if (spelling === null || typedefs || (decl?.kind !== "struct" && decl?.kind !== "union")) return base("void", declarator, false);
        return this.#tagPointer(decl.kind, name, declarator);
      }
      default:
        return this.declare(to, declarator);
    }
  }
}

function base(type: string, declarator: string, constant: boolean): string {
  const qualified = constant ? `const ${type}` : type;
  return declarator === "" ? qualified : `${qualified} ${declarator}`;
}

function suffix(declarator: string, length: number): string {
  return `${declarator.startsWith("*") ? `(${declarator})` : declarator}[${length}]`;
}
