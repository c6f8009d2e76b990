import { withArticle } from "../article.ts";
import type { Btf, BtfDataSection, BtfId, BtfType } from "../btf/index.ts";
import type { ElfFile, ElfSymbol, Section } from "../elf/index.ts";
import { ObjectError } from "./errors.ts";
import type { Extern } from "./types.ts";

/**
 * The types of a BTF that only the ELF can complete: a compiler leaves the size of each DATASEC and the offsets of global
 * variables at 0, and says in the symbol table only that a variable is hidden (the kernel then takes it as static).
 * The .ksyms section stays as it is: its contents are the loader's. Throws ObjectError.
 * @see https://docs.kernel.org/bpf/btf.html#btf-kind-datasec
 */
export function fixDataSections(elf: ElfFile, btf: Btf, externs: readonly Extern[]): BtfType[] {
  const symbols = new Map(elf.symbols.filter(isVariable).map((symbol) => [symbol.name, symbol]));
  const sections = new Map(elf.sections.map((section) => [section.name, section]));
  const fixed: BtfType[] = [];
  for (let id = 1; id < btf.length; id++) {
    const type = btf.kind(id) === "data-section" ? btf.type(id) : undefined;
    if (type?.kind !== "data-section" || type.name === ".ksyms") continue;
    if (type.name === ".kconfig") {
      fixed.push(fixKconfig(btf, type, externs));
      continue;
    }
    fixed.push(fixSection(btf, type, sections.get(type.name), symbols));
    for (const variable of hiddenVariables(btf, type, symbols)) fixed.push(variable);
  }
  return fixed;
}

function isVariable(symbol: ElfSymbol): boolean {
  return symbol.type === "object" && (symbol.binding === "global" || symbol.binding === "weak");
}

function fixSection(btf: Btf, type: BtfDataSection, section: Section | undefined, symbols: ReadonlyMap<string, ElfSymbol>): BtfDataSection {
  // A linked object (bpftool gen object) is complete already.
  const complete = type.size !== 0;
  const variables = type.variables.map((entry) => {
    const variable = btf.type(entry.type);
    if (variable.kind !== "variable") throw damaged(type.name, `entry ${entry.type} is ${withArticle(variable.kind)}, not a variable`);
    const symbol = symbols.get(variable.name);
    if (complete || variable.linkage !== "global") return entry;
    if (symbol === undefined || symbol.sectionIndex !== section?.index) throw damaged(type.name, `there is no symbol ${variable.name}`);
    return { ...entry, offset: symbol.value };
  });
  const size = complete ? type.size : (section?.size ?? 0);
  variables.sort((a, b) => a.offset - b.offset);
  for (const { type: id, offset, size: bytes } of variables) {
    // what another object defines has no place here
    if (isExtern(btf, id)) continue;
    if (offset + bytes > size)
      throw damaged(type.name, `variable ${btf.name(id)} ends at ${offset + bytes}, past the ${size} bytes of the section`);
  }
  return { ...type, size, variables };
}

/** Whether an entry of a DATASEC is only declared: another object defines it, such as a shared map. */
export function isExtern(btf: Btf, id: BtfId): boolean {
  const type = btf.type(id);
  return type.kind === "variable" && type.linkage === "extern";
}

function hiddenVariables(btf: Btf, type: BtfDataSection, symbols: ReadonlyMap<string, ElfSymbol>): BtfType[] {
  return type.variables.flatMap((entry): BtfType[] => {
    const variable = btf.type(entry.type);
    if (variable.kind !== "variable" || variable.linkage !== "global") return [];
    return isHidden(symbols.get(variable.name)) ? [{ ...variable, linkage: "static" }] : [];
  });
}

export function isHidden(symbol: ElfSymbol | undefined): boolean {
  return symbol?.visibility === "hidden" || symbol?.visibility === "internal";
}

function fixKconfig(btf: Btf, type: BtfDataSection, externs: readonly Extern[]): BtfDataSection {
  const offsets = new Map(externs.filter((extern) => extern.kind === "kconfig").map((extern) => [extern.name, extern.offset ?? 0]));
  const variables = type.variables.flatMap((entry) => {
    // A declaration that no instruction uses has no symbol, and so no place.
    const offset = offsets.get(btf.name(entry.type));
    return offset === undefined ? [] : [{ type: entry.type, offset, size: btf.size(entry.type) }];
  });
  variables.sort((a, b) => a.offset - b.offset);
  const last = variables.at(-1);
  return { ...type, size: last === undefined ? 0 : last.offset + last.size, variables };
}

function damaged(section: string, message: string): ObjectError {
  return new ObjectError("bad-data-section", {
    section,
    message,
    hint: "the symbols do not fit the type information; compile the object again",
  });
}
