import type { Btf, BtfComposite, BtfDataSection, BtfMember } from "../btf/index.ts";
import { type ElfFile, findSection, type Section } from "../elf/index.ts";
import { ObjectError } from "./errors.ts";
import type { Program, StructOps } from "./types.ts";

const sectionNames = [".struct_ops", ".struct_ops.link", "?.struct_ops", "?.struct_ops.link"];

/**
 * Structs of kernel operations that BPF programs fill, by section. Relocations say which program fills which member.
 * Throws ObjectError. @see https://docs.kernel.org/bpf/libbpf/program_types.html
 */
export function readStructOps(elf: ElfFile, btf: Btf, programs: readonly Program[]): StructOps[] {
  return sectionNames.flatMap((name) => {
    const section = findSection(elf, name);
    const type = btf.type(btf.find(name, "data-section")[0] ?? 0);
    return section === undefined || type.kind !== "data-section" ? [] : readSection(elf, btf, section, type, programs);
  });
}

function readSection(elf: ElfFile, btf: Btf, section: Section, type: BtfDataSection, programs: readonly Program[]): StructOps[] {
  const targets = programAt(elf, section, programs);
  let end = 0;
  return type.variables.map(({ type: id, offset }) => {
    const variable = btf.type(id);
    const struct = variable.kind === "variable" ? btf.resolve(variable.type) : variable;
    if (struct.kind !== "struct" || struct.name === "") throw bad(section, btf.name(id), "it is no variable of a named struct type");
    if (offset < end || offset + struct.size > section.size)
      throw bad(section, btf.name(id), "it overlaps another one or ends past its section");
    end = offset + struct.size;
    const functions = functionMembers(btf, struct, section).map((member) => {
      return { member: member.name, program: targets.get(offset + member.bitOffset / 8) ?? null };
    });
    const link = section.name.endsWith(".link");
    return {
      name: btf.name(id),
      section: section.name,
      sectionIndex: section.index,
      offset,
      type: struct.id,
      typeName: struct.name,
      link,
      functions,
    };
  });
}

/** The program whose address is put at each offset of the section. */
function programAt(elf: ElfFile, section: Section, programs: readonly Program[]): Map<number, string> {
  const byPlace = new Map(programs.map((program) => [`${program.sectionIndex} ${program.offset}`, program]));
  const targets = new Map<number, string>();
  for (const relocation of section.relocations) {
    const symbol = elf.symbols[relocation.symbol];
    const program = byPlace.get(`${symbol?.sectionIndex} ${symbol?.value}`);
    if (program === undefined) throw bad(section, symbol?.name ?? "", "it is put where a program belongs, but is none");
    targets.set(relocation.offset, program.name);
  }
  return targets;
}

function functionMembers(btf: Btf, struct: BtfComposite, section: Section): BtfMember[] {
  // Many small variables of a type with many members would otherwise cost any amount of time.
  if (struct.members.length > struct.size * 8) throw bad(section, struct.name, "its members do not fit into it");
  return struct.members.filter((member) => isFunctionPointer(btf, member));
}

function isFunctionPointer(btf: Btf, member: BtfMember): boolean {
  const type = btf.resolve(member.type);
  return type.kind === "pointer" && btf.resolve(type.type).kind === "function-prototype";
}

function bad(section: Section, type: string, message: string): ObjectError {
  return new ObjectError("bad-struct-ops", { section: section.name, type, message, hint: "the object is damaged; compile it again" });
}
