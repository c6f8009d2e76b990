import { withArticle } from "../article.ts";
import type { Btf, BtfComposite } from "../btf/index.ts";
import { type ElfFile, findSection } from "../elf/index.ts";
import { isExtern } from "./data-sections.ts";
import { ObjectError } from "./errors.ts";
import { parseMapStruct } from "./map-definition.ts";
import { readInitial } from "./map-values.ts";
import type { BpfObject, MapDefinition, Program } from "./types.ts";

/**
 * The maps that `.maps` declares with BTF, by offset. Throws ObjectError.
 * @see https://docs.kernel.org/bpf/libbpf/libbpf_overview.html
 */
export function readMaps(elf: ElfFile, btf: Btf, programs: readonly Program[]): MapDefinition[] {
  const section = findSection(elf, ".maps");
  if (section === undefined || section.size === 0) return [];
  const types = btf.type(btf.find(".maps", "data-section")[0] ?? 0);
  if (types.kind !== "data-section") {
    throw new ObjectError("missing-types", { section: ".maps", message: "the maps have no type information", hint: "compile with -g" });
  }
  const own = types.variables.filter(({ type }) => !isExtern(btf, type));
  const maps = own.map(({ type: variable, offset, size }): MapDefinition => {
    const name = btf.name(variable);
    const struct = mapStruct(btf, variable, name);
    if (struct.size > size) {
      const message = `its struct has ${struct.size} bytes, the map only ${size}`;
      throw new ObjectError("bad-map-definition", {
        section: ".maps",
        type: name,
        message,
        hint: "the object is damaged; compile it again",
      });
    }
    const place = { name, variable, sectionIndex: section.index, offset };
    return { ...parseMapStruct(btf, struct, place), initial: [] };
  });
  return readInitial(elf, btf, section, maps, programs);
}

/** The maps that another object defines, as this one declares them. Throws ObjectError. */
export function readExternMaps(btf: Btf): MapDefinition[] {
  const types = btf.type(btf.find(".maps", "data-section")[0] ?? 0);
  const variables = types.kind === "data-section" ? types.variables.filter(({ type }) => isExtern(btf, type)) : [];
  return variables.map(({ type: variable }) => {
    const name = btf.name(variable);
    return parseMapStruct(btf, mapStruct(btf, variable, name), { name, variable, sectionIndex: 0, offset: 0 });
  });
}

function mapStruct(btf: Btf, variable: number, name: string): BtfComposite {
  const type = btf.type(variable);
  const struct = type.kind === "variable" ? btf.resolve(type.type) : type;
  if (struct.kind === "struct" && name !== "" && type.kind === "variable") return struct;
  throw new ObjectError("bad-map-definition", {
    section: ".maps",
    type: name,
    message: `a map is a variable of a struct type, not of ${withArticle(struct.kind)}`,
    hint: 'declare it as struct { __uint(type, …); … } name SEC(".maps")',
  });
}

/** Symbols of `maps` sections, as definitions were written before BTF. */
export function readLegacyMaps(elf: ElfFile): BpfObject["legacyMaps"] {
  const symbols = elf.symbols.filter((symbol) => {
    const section = elf.sections[symbol.sectionIndex];
    return section !== undefined && /^maps(\/|$)/.test(section.name) && symbol.name !== "" && symbol.binding !== "local";
  });
  symbols.sort((a, b) => a.sectionIndex - b.sectionIndex || a.value - b.value);
  return symbols.map((symbol) => ({ name: symbol.name, section: elf.sections[symbol.sectionIndex]?.name ?? "", offset: symbol.value }));
}
