import type { Btf, BtfComposite, BtfEnum, BtfFunctionPrototype, BtfId, BtfType } from "../btf/index.ts";
import type { Alignment } from "./alignment.ts";
import type { CNames } from "./names.ts";

export const builtinVaList = "__builtin_va_list";

/** Prints types as C spells them, inside out: `char (*name)[4]`. */
export class Declarator {
  readonly #btf: Btf;
  readonly #names: CNames;
  readonly #alignment: Alignment;
  /** Anonymous enums that stand inside another type; the others are printed for the sake of their constants. */
  readonly inlined = new Set<BtfId>();

  constructor(btf: Btf, names: CNames, alignment: Alignment) {
    this.#btf = btf;
    this.#names = names;
    this.#alignment = alignment;
  }

  /** The declaration of `inner` with the type, without a semicolon. */
  declare(id: BtfId, inner: string, indent: string): string {
    const type = this.#btf.type(id);
    switch (type.kind) {
      case "void":
        return join("void", inner);
      case "int":
      case "float":
        return join(type.name, inner);
      case "typedef":
        // The compiler's own type of this name is another one for BPF: the kernel's is written out.
        return type.name === builtinVaList ? this.declare(type.type, inner, indent) : join(this.#names.of(id), inner);
      case "struct":
      case "union":
        return join(type.name === "" ? `${type.kind} ${this.body(type, indent)}` : `${type.kind} ${this.#names.of(id)}`, inner);
      case "forward":
        return join(`${type.of} ${type.name}`, inner);
      case "enum":
        if (type.name === "") this.inlined.add(id);
        return join(type.name === "" ? this.enumeration(type, indent) : `enum ${this.#names.of(id)}`, inner);
      case "pointer":
        return this.declare(type.type, bindsTighter(this.#shape(type.type)) ? `(*${inner})` : `*${inner}`, indent);
      case "array":
        return this.declare(type.element, `${inner}[${type.length}]`, indent);
      case "function-prototype":
        return this.declare(type.result, `${inner}(${this.#parameters(type, indent)})`, indent);
      case "const":
      case "volatile":
      case "restrict":
        return this.#qualify(type.kind, type.type, inner, indent);
      case "type-tag":
        return this.declare(type.type, `__attribute__((btf_type_tag(${JSON.stringify(type.name)}))) ${inner}`, indent);
      default:
        return join("void", inner);
    }
  }

  /** `struct name { … }` without the keyword and a semicolon: every member at the offset that BTF gives it. */
  body(struct: BtfComposite, indent: string, name = ""): string {
    const packed = this.#alignment.isPacked(struct);
    const deeper = `${indent}\t`;
    const lines: string[] = [];
    let position = 0;
    for (const member of struct.members) {
      if (struct.kind === "struct") {
        const width = member.bitSize === 0 ? 0 : this.#btf.size(member.type) * 8;
        if (this.#next(position, member.type, member.bitSize, width, packed) !== member.bitOffset)
          lines.push(...padding(position, member.bitOffset, deeper));
        position = member.bitOffset + (member.bitSize === 0 ? this.#sizeOf(member.type) * 8 : member.bitSize);
      } else {
        position = Math.max(position, member.bitSize === 0 ? this.#sizeOf(member.type) * 8 : member.bitSize);
      }
      const bits = member.bitSize === 0 ? "" : ` : ${member.bitSize}`;
      lines.push(`${deeper}${this.#member(member.type, member.name, deeper)}${bits};`);
    }
    const end = struct.size * 8;
    if (roundUp(position, packed ? 8 : this.#alignment.of(struct.id) * 8) < end) {
      lines.push(...(struct.kind === "struct" ? padding(position, end, deeper) : [`${deeper}char __pad[${struct.size}];`]));
    }
    const attribute = packed ? " __attribute__((packed))" : "";
    const head = name === "" ? "" : `${name} `;
    return lines.length === 0 ? `${head}{}${attribute}` : `${head}{\n${lines.join("\n")}\n${indent}}${attribute}`;
  }

  enumeration(type: BtfEnum, indent: string): string {
    const name = type.name === "" ? "" : ` ${this.#names.of(type.id)}`;
    if (type.values.length === 0) return `enum${name}`;
    const suffix = type.wide ? (type.signed ? "LL" : "ULL") : type.signed ? "" : "U";
    const lines = type.values.map(({ name: value, value: number }) => {
      // The least of 64 bits cannot be written as one literal.
      const literal = number === -(2n ** 63n) ? `(-${2n ** 63n - 1n}LL - 1)` : `${number}${number < 2n ** 31n && !type.wide ? "" : suffix}`;
      return `${indent}\t${this.#names.enumerator(value)} = ${literal},`;
    });
    const mode =
      { 1: " __attribute__((mode(byte)))", 2: " __attribute__((mode(HI)))", 8: type.wide ? "" : " __attribute__((mode(DI)))" }[type.size] ??
      "";
    return `enum${name} {\n${lines.join("\n")}\n${indent}}${mode}`;
  }

  /** Where C would put the next member by itself, in bits. */
  #next(position: number, type: BtfId, bitSize: number, width: number, packed: boolean): number {
    if (bitSize === 0) return roundUp(position, packed ? 8 : this.#alignment.of(type) * 8);
    return packed || (position % width) + bitSize <= width ? position : roundUp(position, width);
  }

  #member(id: BtfId, name: string, indent: string): string {
    const type = this.#btf.type(id);
    // A tagged struct without a member name needs -fms-extensions; its members written out do not.
    if (name === "" && (type.kind === "struct" || type.kind === "union") && type.name !== "")
      return `${type.kind} ${this.body(type, indent)}`;
    return this.declare(id, name, indent);
  }

  #sizeOf(id: BtfId): number {
    return this.#btf.size(id);
  }

  #parameters(type: BtfFunctionPrototype, indent: string): string {
    if (type.parameters.length === 0) return "void";
    return type.parameters
      .map(({ name, type: parameter }, index) =>
        parameter === 0 && name === "" && index === type.parameters.length - 1 ? "..." : this.declare(parameter, name, indent),
      )
      .join(", ");
  }

  /** A qualifier belongs to the star of a pointer, and before the base type of anything else. */
  #qualify(qualifier: string, target: BtfId, inner: string, indent: string): string {
    const shape = this.#shape(target);
    if (shape.kind === "pointer") return this.declare(target, inner === "" ? qualifier : `${qualifier} ${inner}`, indent);
    const plain = this.declare(target, inner, indent);
    // restrict says nothing of what is no pointer, and a qualified function type does not exist.
    const said = plain.startsWith(`${qualifier} `);
    return said || shape.kind === "function-prototype" || qualifier === "restrict" ? plain : `${qualifier} ${plain}`;
  }

  #shape(id: BtfId): BtfType {
    let type = this.#btf.type(id);
    while (type.kind === "const" || type.kind === "volatile" || type.kind === "restrict" || type.kind === "type-tag")
      type = this.#btf.type(type.type);
    return type;
  }
}

const bindsTighter = (type: BtfType): boolean => type.kind === "array" || type.kind === "function-prototype";
const join = (base: string, inner: string): string => (inner === "" ? base : `${base} ${inner}`);
const roundUp = (value: number, unit: number): number => Math.ceil(value / unit) * unit;

/** Unnamed bit-fields, none across a 64-bit boundary: they fill any gap and align nothing. */
function padding(from: number, to: number, indent: string): string[] {
  const lines: string[] = [];
  for (let position = from; position < to; ) {
    const bits = Math.min(64 - (position % 64), to - position);
    lines.push(`${indent}long : ${bits};`);
    position += bits;
  }
  return lines;
}
