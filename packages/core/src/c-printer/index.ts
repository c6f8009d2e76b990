import type { Btf, BtfId } from "../btf/index.ts";
import { Alignment } from "./alignment.ts";
import { builtinVaList, Declarator } from "./declarator.ts";
import { CNames } from "./names.ts";

export interface CPrintOptions {
  /** Wraps the header for CO-RE: every access to a struct is relocated for the running kernel. */
  readonly preserveAccessIndex?: boolean;
}

/** Prints a whole BTF as a C header: compiled for BPF, every size and offset in it is what BTF says. */
export function printC(btf: Btf, options: CPrintOptions = {}): string {
  const printer = new Printer(btf);
  const body = printer.all();
  const relocated = options.preserveAccessIndex ?? true;
  return [
    "#ifndef __VMLINUX_H__",
    "#define __VMLINUX_H__",
    ...(relocated
      ? [
          "",
          "#ifndef BPF_NO_PRESERVE_ACCESS_INDEX",
          "#pragma clang attribute push (__attribute__((preserve_access_index)), apply_to = record)",
          "#endif",
        ]
      : []),
    "",
    body,
    ...(relocated ? ["#ifndef BPF_NO_PRESERVE_ACCESS_INDEX", "#pragma clang attribute pop", "#endif", ""] : []),
    "#endif /* __VMLINUX_H__ */",
    "",
  ].join("\n");
}

const begun = 1;
const complete = 2;

/** Prints definitions in an order that C accepts: what a type holds by value comes first, what it points to is declared. */
class Printer {
  readonly #btf: Btf;
  readonly #names: CNames;
  readonly #declarator: Declarator;
  readonly #out: string[] = [];
  /** 0, `begun` (a cycle through pointers ends here) or `complete`. */
  readonly #defined: Uint8Array;
  readonly #declared: Uint8Array;

  constructor(btf: Btf) {
    this.#btf = btf;
    this.#names = new CNames(btf);
    this.#declarator = new Declarator(btf, this.#names, new Alignment(btf));
    this.#defined = new Uint8Array(btf.length);
    this.#declared = new Uint8Array(btf.length);
  }

  all(): string {
    const anonymousEnums: BtfId[] = [];
    for (let id = 1; id < this.#btf.length; id++) {
      const kind = this.#btf.kind(id);
      if (kind === "enum" && this.#btf.name(id) === "") anonymousEnums.push(id);
      else if (kind === "typedef" || ((kind === "struct" || kind === "union" || kind === "enum") && this.#btf.name(id) !== ""))
        this.#define(id);
    }
    for (const id of anonymousEnums) {
      const type = this.#btf.type(id);
      if (type.kind === "enum" && !this.#declarator.inlined.has(id)) this.#out.push(`${this.#declarator.enumeration(type, "")};\n`);
    }
    return this.#out.join("\n");
  }

  /** Makes a type complete: what contains it by value may follow. */
  #define(id: BtfId): void {
    const type = this.#btf.type(id);
    switch (type.kind) {
      case "const":
      case "volatile":
      case "restrict":
      case "type-tag":
        this.#define(type.type);
        return;
      case "array":
        this.#define(type.element);
        return;
      case "typedef":
        this.#define(type.type);
        this.#declare(id);
        return;
      case "struct":
      case "union":
        if (this.#defined[id] !== 0) return;
        this.#defined[id] = begun;
        for (const member of type.members) this.#define(member.type);
        this.#defined[id] = complete;
        if (type.name !== "") this.#out.push(`${type.kind} ${this.#declarator.body(type, "", this.#names.of(id))};\n`);
        return;
      case "pointer":
      case "function-prototype":
      case "forward":
      case "enum":
        this.#declare(id);
        return;
      default:
        return;
    }
  }

  /** Makes a type's name known, as far as a pointer to it needs. */
  #declare(id: BtfId): void {
    const type = this.#btf.type(id);
    switch (type.kind) {
      case "pointer":
      case "const":
      case "volatile":
      case "restrict":
      case "type-tag":
        this.#declare(type.type);
        return;
      case "array":
        // Even a pointer to an array wants its element complete.
        this.#define(type.element);
        return;
      case "function-prototype":
        this.#declare(type.result);
        for (const parameter of type.parameters) this.#declare(parameter.type);
        return;
      case "forward":
        this.#once(id, () => (this.#btf.find(type.name, type.of).length > 0 ? null : `${type.of} ${type.name};\n`));
        return;
      case "struct":
      case "union":
        if (type.name === "") this.#define(id);
        else if (this.#defined[id] !== complete) this.#once(id, () => `${type.kind} ${this.#names.of(id)};\n`);
        return;
      case "enum":
        if (type.name !== "") this.#once(id, () => `${this.#declarator.enumeration(type, "")};\n`);
        return;
      case "typedef":
        if (this.#declared[id] === 1) return;
        this.#declared[id] = 1;
        this.#declare(type.type);
        if (type.name === builtinVaList) return;
        this.#out.push(`typedef ${this.#declarator.declare(type.type, this.#names.of(id), "")};\n`);
        return;
      default:
        return;
    }
  }

  #once(id: BtfId, print: () => string | null): void {
    if (this.#declared[id] === 1) return;
    this.#declared[id] = 1;
    const text = print();
    if (text !== null) this.#out.push(text);
  }
}
