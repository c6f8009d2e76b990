import type { DataDefinition, VariableDefinition } from "../object/index.ts";
import type { Root } from "./collect.ts";
import type { TypeSource } from "./source.ts";
import { bytesRef, type TypeTable } from "./type-table.ts";
import type { DataSection, Note, Padding, TypeRef, Variable } from "./types.ts";

export function* sectionRoots(source: TypeSource, section: DataDefinition): Iterable<Root> {
  for (const variable of section.variables) {
    if (variable.type !== null && !source.isOpaque(variable.type)) yield { source, id: variable.type, place: variable.name };
  }
}

/** A section of globals, with a note for each symbol that lies on another one (objects without BTF have such aliases). */
export function sectionLayout(
  source: TypeSource | null,
  types: TypeTable,
  section: DataDefinition,
): { layout: DataSection; notes: Note[] } {
  const members: (Variable | Padding)[] = [];
  const notes: Note[] = [];
  const paths = new Set<string>();
  let end = 0;
  const pad = (to: number): void => {
    if (to > end) members.push({ kind: "padding", offset: end, size: to - end });
  };
  for (const variable of section.variables) {
    if (variable.offset < end) {
      notes.push(aliasNote(section.name, variable));
      continue;
    }
    pad(variable.offset);
    members.push({
      kind: "variable",
      name: variable.name,
      path: uniquePath(variable.name, paths),
      offset: variable.offset,
      size: variable.size,
      type: typeOf(source, types, variable),
      linkage: variable.linkage,
      doc: variable.btfId === null ? null : (source?.doc(variable.btfId) ?? null),
    });
    end = variable.offset + variable.size;
  }
  pad(section.size);
  const layout: DataSection = {
    name: section.name,
    ident: section.name.replace(/^\./, "").replace(/[^A-Za-z0-9_]/g, "_"),
    kind: section.kind,
    size: section.size,
    align: section.align,
    write: writable(section),
    memoryMapped: isMemoryMapped(section),
    members,
  };
  return { layout, notes };
}

function typeOf(source: TypeSource | null, types: TypeTable, variable: VariableDefinition): TypeRef {
  if (source !== null && variable.type !== null && !source.isOpaque(variable.type)) return types.ref({ source, id: variable.type });
  return bytesRef(variable.size);
}

/** The static variable `zero` of two functions `f` in a linked object: `f.zero` and `f.zero~2`. */
function uniquePath(name: string, taken: Set<string>): string {
  let path = name;
  for (let count = 2; taken.has(path); count++) path = `${name}~${count}`;
  taken.add(path);
  return path;
}

function writable({ kind, name }: DataDefinition): DataSection["write"] {
  if (kind === "kconfig" || kind === "strings") return "never";
  return kind === "rodata" || name.startsWith(".rodata") ? "before-load" : "always";
}

/** As libbpf decides: a section of static variables only may hold what must not be mapped, such as a spin lock. */
function isMemoryMapped({ kind, variables }: DataDefinition): boolean {
  if (kind === "arena") return true;
  return variables.some(({ type, linkage }) => type !== null && (linkage === "global" || linkage === "weak"));
}

const aliasNote = (section: string, variable: VariableDefinition): Note => ({
  code: "overlapping-variable",
  subject: variable.name,
  message: `${variable.name} lies on another variable of ${section} and is left out`,
  hint: null,
});
