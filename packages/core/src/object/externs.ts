import type { Btf, BtfFunction, BtfId, BtfVariable } from "../btf/index.ts";
import type { ElfFile, ElfSymbol } from "../elf/index.ts";
import { ObjectError } from "./errors.ts";
import type { Extern } from "./types.ts";

/** What an object expects from the kernel, and what it expects from other objects. */
export interface Externs {
  /** Kconfig values in the order of their offsets, then ksyms and kfuncs by name. */
  readonly externs: readonly Extern[];
  readonly unresolved: readonly string[];
}

/**
 * Reads the undefined symbols. Kconfig values get their offsets in .kconfig as libbpf lays them out: by alignment
 * (descending), size, name. Throws ObjectError.
 * @see https://docs.kernel.org/bpf/libbpf/libbpf_overview.html
 */
export function readExterns(elf: ElfFile, btf: Btf | null): Externs {
  if (btf === null) return { externs: [], unresolved: [] };
  const symbols = new Map(elf.symbols.filter(isExtern).map((symbol) => [symbol.name, symbol]));
  const sections = externSections(btf);
  const found = new Map<string, Extern>();
  const unresolved: string[] = [];
  for (const symbol of symbols.values()) {
    const declaration = findDeclaration(btf, symbol.name);
    const section = declaration === undefined ? undefined : sections.get(declaration.id);
    if (declaration === undefined || (section !== ".kconfig" && section !== ".ksyms")) unresolved.push(symbol.name);
    else found.set(symbol.name, section === ".kconfig" ? kconfig(btf, declaration, symbol) : ksym(btf, declaration, symbol));
  }
  const byName = [...found.values()].sort((a, b) => compare(a.name, b.name));
  const placed = placeKconfig(
    btf,
    byName.filter((extern) => extern.kind === "kconfig"),
  );
  return { externs: [...placed, ...byName.filter((extern) => extern.kind !== "kconfig")], unresolved: unresolved.sort(compare) };
}

function isExtern(symbol: ElfSymbol): boolean {
  return (
    symbol.sectionIndex === 0 &&
    symbol.type === "notype" &&
    symbol.name !== "" &&
    (symbol.binding === "global" || symbol.binding === "weak")
  );
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** The DATASEC that each variable and function is in. */
function externSections(btf: Btf): Map<BtfId, string> {
  const sections = new Map<BtfId, string>();
  for (const name of [".kconfig", ".ksyms"]) {
    for (const id of btf.find(name, "data-section")) {
      const type = btf.type(id);
      if (type.kind === "data-section") for (const variable of type.variables) sections.set(variable.type, name);
    }
  }
  return sections;
}

function findDeclaration(btf: Btf, name: string): BtfVariable | BtfFunction | undefined {
  for (const id of btf.find(name)) {
    const type = btf.type(id);
    if ((type.kind === "variable" || type.kind === "function") && type.linkage === "extern") return type;
  }
  return undefined;
}

function ksym(btf: Btf, declaration: BtfVariable | BtfFunction, symbol: ElfSymbol): Extern {
  const untyped = declaration.kind === "variable" && btf.resolve(declaration.type).kind === "void";
  return {
    name: symbol.name,
    kind: declaration.kind === "function" ? "kfunc" : "ksym",
    type: untyped ? null : declaration.type,
    weak: symbol.binding === "weak",
    offset: null,
  };
}

function kconfig(btf: Btf, declaration: BtfVariable | BtfFunction, symbol: ElfSymbol): Extern {
  if (declaration.kind === "function" || !isKconfigType(btf, declaration.type)) {
    throw new ObjectError("bad-kconfig", {
      section: ".kconfig",
      type: symbol.name,
      message: "a kconfig value is a bool, a char, an integer of 1 to 8 bytes, enum libbpf_tristate or an array of char",
      hint: "declare it with one of these types",
    });
  }
  return { name: symbol.name, kind: "kconfig", type: declaration.type, weak: symbol.binding === "weak", offset: 0 };
}

function isKconfigType(btf: Btf, id: BtfId): boolean {
  const type = btf.resolve(id);
  switch (type.kind) {
    case "int":
      return type.bool ? type.size === 1 : [1, 2, 4, 8].includes(type.size);
    case "enum":
      return type.name === "libbpf_tristate" && (type.size === 4 || type.size === 8);
    case "array": {
      const element = btf.resolve(type.element);
      return type.length > 0 && element.kind === "int" && element.size === 1 && !element.bool;
    }
    default:
      return false;
  }
}

function placeKconfig(btf: Btf, externs: readonly Extern[]): Extern[] {
  const sized = externs.map((extern) => ({ extern, size: btf.size(extern.type ?? 0), align: kconfigAlign(btf, extern.type ?? 0) }));
  // The input is in the order of names, which the sort keeps where alignment and size are equal.
  sized.sort((a, b) => b.align - a.align || a.size - b.size);
  let end = 0;
  return sized.map(({ extern, size, align }) => {
    const offset = Math.ceil(end / align) * align;
    end = offset + size;
    return { ...extern, offset };
  });
}

/** Alignment of a kconfig variable or its type: that of its scalar. */
export function kconfigAlign(btf: Btf, id: BtfId): number {
  const declared = btf.type(id);
  const type = btf.resolve(declared.kind === "variable" ? declared.type : id);
  return type.kind === "array" ? btf.size(type.element) : btf.size(type.id);
}
