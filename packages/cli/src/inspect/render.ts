import type { DataSection, Layout, ProgramLayout, StructOpsLayout } from "@lbc/core/layout";
import { cType } from "./c-type.ts";
import { renderMaps } from "./maps.ts";
import { printable, type Style, styleFor } from "./style.ts";
import { type Cell, comment, grouped, plural, table, wrap } from "./text.ts";
import { renderTypes } from "./types.ts";

/** How `lbc inspect` shows an object. */
export interface InspectOptions {
  readonly color: boolean;
  /** Columns of the terminal, at which notes are wrapped; 100 unless told. */
  readonly width?: number | undefined;
}

/** What a person wants to know of an object: programs, maps, globals, externs, types, and what lbc noticed. Ends with a line break. */
export function renderInspect(layout: Layout, { color, width = 100 }: InspectOptions): string {
  const style = styleFor(color);
  const safe: Layout = JSON.parse(JSON.stringify(layout), printableValue);
  const legacy = safe.notes.filter((note) => note.code === "legacy-maps").length;
  const bodies = safe.types.filter((type) => type.kind !== "typedef").length;
  const parts = [
    section(plural(safe.programs.length, "program"), renderPrograms(safe.programs, style), style),
    section(plural(safe.maps.length + legacy, "map"), renderMaps(safe, style), style),
    section("globals", renderSections(safe, style), style),
    section(
      "struct_ops",
      safe.structOps.flatMap((ops) => renderStructOps(safe, ops, style)),
      style,
    ),
    section(plural(safe.externs.length, "extern"), renderExterns(safe, style), style),
    section(bodies === 0 ? "types" : plural(bodies, "type"), renderTypes(safe, style), style),
    section(plural(safe.notes.length, "note"), renderNotes(safe, style, width), style),
  ];
  return `${[renderObject(safe, style), ...parts.filter((part) => part.length > 0).map((part) => ["", ...part])].flat().join("\n").trimEnd()}\n`;
}

/** Only documentation has lines. */
function printableValue(key: string, value: unknown): unknown {
  if (typeof value !== "string") return value;
  return key === "doc" ? value.split("\n").map(printable).join("\n") : printable(value);
}

function section(title: string, lines: readonly string[], style: Style): string[] {
  return lines.length === 0 ? [] : [style.heading(title), ...lines];
}

function renderObject({ object }: Layout, style: Style): string[] {
  const version = object.kernelVersion;
  const facts = [
    `${grouped(object.byteLength)} bytes`,
    `${object.endianness}-endian`,
    object.license === null ? "no license" : `license "${object.license}"`,
    version === null ? "" : `kernel ${version >>> 16}.${(version >>> 8) & 0xff}.${version & 0xff}`,
    `sha256 ${object.sha256.slice(0, 16)}…`,
  ];
  return [`${style.heading(object.name)}  ${style.dim(facts.filter((fact) => fact !== "").join(", "))}`];
}

function renderPrograms(programs: readonly ProgramLayout[], style: Style): string[] {
  const rows = programs.map((program): Cell[] => [
    { text: program.name, paint: style.name },
    { text: program.section },
    { text: program.type, paint: style.type },
    { text: attachment(program), paint: style.dim },
    { text: comment(program.doc), paint: style.dim },
  ]);
  return table(rows);
}

function attachment(program: ProgramLayout): string {
  const remarks = [attachedHow(program), program.autoload ? "" : "not loaded unless asked", program.sleepable ? "may sleep" : ""];
  return remarks.filter((remark) => remark !== "").join(", ");
}

function attachedHow({ attach, autoattach }: ProgramLayout): string {
  if (autoattach) return "attached by attach()";
  if (attach === null) return "run, not attached";
  return attach.kind === "struct_ops" ? "part of a struct_ops" : "attached to what you name";
}

const writable: Readonly<Record<DataSection["write"], string>> = {
  "before-load": "set before load",
  always: "set before load, live after it",
  never: "read only",
};

function renderSections(layout: Layout, style: Style): string[] {
  return layout.sections.flatMap((data) => {
    const facts = [plural(data.size, "byte"), writable[data.write], data.memoryMapped ? "" : "not mapped into memory"];
    const rows = data.members.map((member): Cell[] => {
      const at: Cell = { text: String(member.offset), paint: style.dim, alignRight: true };
      const size: Cell = { text: String(member.size), paint: style.dim, alignRight: true };
      if (member.kind === "padding")
        return [at, size, { text: data.kind === "strings" ? "/* strings */" : "/* hole */", paint: style.dim }];
      const linkage = member.linkage === "global" ? "" : `${member.linkage} `;
      return [at, size, { text: `${linkage}${cType(layout, member.type, member.path)};` }, { text: comment(member.doc), paint: style.dim }];
    });
    return [`  ${style.name(data.name)}  ${style.dim(`/* ${facts.filter((fact) => fact !== "").join(", ")} */`)}`, ...table(rows, 4)];
  });
}

function renderStructOps(layout: Layout, ops: StructOpsLayout, style: Style): string[] {
  const attached = ops.link ? "attached by a link" : "attached by its map";
  const rows = [
    ...ops.functions.map(({ member, program }): Cell[] => [
      { text: `.${member}` },
      { text: program === null ? "not set" : `= ${program}`, ...(program === null ? { paint: style.dim } : {}) },
    ]),
    ...ops.fields.map((field): Cell[] => [{ text: `.${field.member}` }, { text: cType(layout, field.type), paint: style.type }]),
  ];
  const doc = ops.doc === null ? "" : ` ${ops.doc.replaceAll("\n", " ")};`;
  return [`  ${style.type(`struct ${ops.typeName}`)} ${style.name(ops.name)}  ${style.dim(`/*${doc} ${attached} */`)}`, ...table(rows, 4)];
}

function renderExterns({ externs }: Layout, style: Style): string[] {
  return table(
    externs.map((extern): Cell[] => [
      { text: extern.kind, paint: style.type },
      { text: extern.declaration },
      { text: extern.weak ? "weak: may be missing" : "", paint: style.dim },
    ]),
  );
}

function renderNotes({ notes }: Layout, style: Style, width: number): string[] {
  return notes.flatMap(({ message, hint }) => [
    ...wrap(message, width - 4).map((line, index) => `  ${index === 0 ? style.warning("!") : " "} ${line}`),
    ...(hint === null ? [] : wrap(hint, width - 4).map((line) => `    ${style.dim(line)}`)),
  ]);
}
