import type { Btf, BtfDataSection } from "../btf/index.ts";
import { type ElfFile, type ElfSymbol, type Section, sectionFlag, sectionType } from "../elf/index.ts";
import { isHidden } from "./data-sections.ts";
import { kconfigAlign } from "./externs.ts";
import type { DataDefinition, Extern, VariableDefinition } from "./types.ts";

type SymbolsByName = ReadonlyMap<string, ElfSymbol>;

/** Global variables by section, by section index; .kconfig, which has no section, comes last. `btf` has its DATASECs filled in. */
export function readData(elf: ElfFile, btf: Btf | null, externs: readonly Extern[]): DataDefinition[] {
  const dataSections = new Map<string, BtfDataSection>();
  for (let id = 1; id < (btf?.length ?? 0); id++) {
    const type = btf?.kind(id) === "data-section" ? btf.type(id) : undefined;
    if (type?.kind === "data-section") dataSections.set(type.name, type);
  }
  const symbols = elf.symbols.filter((symbol) => symbol.type === "object");
  const globals: SymbolsByName = new Map(symbols.filter((symbol) => symbol.binding !== "local").map((symbol) => [symbol.name, symbol]));
  const bySection = Map.groupBy(symbols, (symbol) => symbol.sectionIndex);
  const data: DataDefinition[] = [];
  for (const section of elf.sections) {
    const type = dataSections.get(section.name);
    const kind = dataKind(section, type !== undefined);
    if (kind === null || section.size === 0) continue;
    const variables =
      btf === null ? fromSymbols(bySection.get(section.index) ?? []) : type === undefined ? [] : fromTypes(btf, type, globals);
    data.push({ name: section.name, kind, sectionIndex: section.index, size: section.size, align: Math.max(1, section.align), variables });
  }
  const kconfig = dataSections.get(".kconfig");
  return btf === null || kconfig === undefined || kconfig.size === 0 ? data : [...data, readKconfig(btf, kconfig, externs)];
}

const ownMeaning = /^(license|version|maps|maps\/.*|\.maps|\??\.struct_ops(\.link)?|\.BTF(\.ext)?|\.jumptables)$/;

function dataKind(section: Section, hasType: boolean): DataDefinition["kind"] | null {
  const { name, type, flags } = section;
  const inFile = type === sectionType.progBits;
  const hasPrefix = (prefix: string): boolean => name === prefix || name.startsWith(`${prefix}.`);
  if ((!inFile && type !== sectionType.noBits) || (flags & sectionFlag.alloc) === 0 || (flags & sectionFlag.execute) !== 0) return null;
  if (name === ".addr_space.1") return "arena";
  if (hasPrefix(".bss") && !inFile) return "bss";
  if (hasPrefix(".rodata") && inFile) return (flags & sectionFlag.strings) !== 0 ? "strings" : "rodata";
  if (hasPrefix(".data") && inFile) return "data";
  return hasType && !ownMeaning.test(name) ? "custom" : null;
}

function fromTypes(btf: Btf, section: BtfDataSection, globals: SymbolsByName): VariableDefinition[] {
  return section.variables.flatMap(({ type: id, offset, size }): VariableDefinition[] => {
    const variable = btf.type(id);
    if (variable.kind !== "variable" || variable.linkage === "extern") return [];
    const symbol = globals.get(variable.name);
    const linkage = isHidden(symbol) ? "hidden" : variable.linkage === "static" ? "static" : symbol?.binding === "weak" ? "weak" : "global";
    return [{ name: variable.name, offset, size, type: variable.type, btfId: id, linkage }];
  });
}

function fromSymbols(own: readonly ElfSymbol[]): VariableDefinition[] {
  const inOrder = own.toSorted((a, b) => a.value - b.value);
  return inOrder.map((symbol): VariableDefinition => {
    const linkage = isHidden(symbol) ? "hidden" : symbol.binding === "local" ? "static" : symbol.binding === "weak" ? "weak" : "global";
    return { name: symbol.name, offset: symbol.value, size: symbol.size, type: null, btfId: null, linkage };
  });
}

function readKconfig(btf: Btf, section: BtfDataSection, externs: readonly Extern[]): DataDefinition {
  const weak = new Set(externs.filter((extern) => extern.weak).map((extern) => extern.name));
  const variables = section.variables.map(({ type: id, offset, size }): VariableDefinition => {
    const name = btf.name(id);
    const type = btf.type(id);
    return {
      name,
      offset,
      size,
      type: type.kind === "variable" ? type.type : null,
      btfId: id,
      linkage: weak.has(name) ? "weak" : "global",
    };
  });
  const align = section.variables.reduce((most, { type }) => Math.max(most, kconfigAlign(btf, type)), 1);
  return { name: section.name, kind: "kconfig", sectionIndex: -1, size: section.size, align, variables };
}
