import { type DataSection, describeMap, type Layout } from "@lbc/core/layout";
import { allocateNames, type EmitOptions, provenance } from "@lbc/emit";
import { enumViews, namedEnums, nameVerb } from "./enum-view.ts";
import { fieldViews, mapVerbs, type NamedMap, queueViews, sizeViews, slotViews, tableViews } from "./map-view.ts";
import { cNames, commentLines, commentText, FunctionNames, quote, type UnitNames } from "./names.ts";
import { programVerbs, programViews } from "./program-view.ts";
import { sectionViews, shownSections } from "./section-view.ts";
import type { Spelling } from "./spelling.ts";
import { streamVerbs, streamViews } from "./stream-view.ts";

/** Names that the skeleton's own struct has. */
const skeletonMembers = ["skeleton", "obj", "maps", "progs", "links", "streams", "stop"];

/** Members of the skeleton's structs, decided for all maps and sections at once, as libbpf sees both as maps. */
interface Members {
  readonly maps: readonly NamedMap[];
  readonly structOps: readonly string[];
  /** In `skel->maps`; sections without a byte have no map. */
  readonly sectionMaps: ReadonlyMap<DataSection, string>;
  /** In the skeleton itself. */
  readonly sections: ReadonlyMap<DataSection, string>;
  readonly programs: readonly string[];
  /** In `skel->links`, beside those of the programs. */
  readonly structOpsLinks: readonly string[];
}

function memberNames(layout: Layout): Members {
  const sections = layout.sections.filter(({ kind, size }) => size > 0 && kind !== "arena");
  const wanted = [...layout.maps, ...layout.structOps].map(({ name }) => name).concat(sections.map(({ ident }) => ident));
  const names = allocateNames(wanted, cNames);
  const maps = layout.maps.map((map, index) => ({ map, member: names[index] ?? "" }));
  const structOps = names.slice(layout.maps.length, layout.maps.length + layout.structOps.length);
  const links = allocateNames(
    [...layout.programs, ...layout.structOps].map(({ name }) => name),
    cNames,
  );
  const shown = allocateNames(
    layout.sections.map(({ ident, kind }) => (kind === "arena" ? "arena" : ident)),
    cNames,
    skeletonMembers,
  );
  return {
    maps,
    structOps,
    sectionMaps: new Map(sections.map((section, index) => [section, names[maps.length + structOps.length + index] ?? ""])),
    sections: new Map(layout.sections.map((section, index) => [section, shown[index] ?? ""])),
    programs: links.slice(0, layout.programs.length),
    structOpsLinks: links.slice(layout.programs.length),
  };
}

function functionNames(layout: Layout, members: Members, skel: string): FunctionNames {
  const wanted: [string, string][] = shownSections(layout, members.sections).map(({ member }) => ["", member]);
  for (const named of members.maps) {
    for (const verb of [...streamVerbs(named), ...mapVerbs(named.map), "set_max_entries"]) wanted.push([verb, named.member]);
  }
  layout.structOps.forEach((ops, index) => {
    for (const { member } of ops.fields) wanted.push(["set", `${members.structOps[index]}_${member}`]);
  });
  layout.programs.forEach((program, index) => {
    for (const verb of programVerbs(program)) wanted.push([verb, members.programs[index] ?? ""]);
  });
  for (const { path } of namedEnums(layout)) wanted.push([nameVerb, path]);
  return new FunctionNames(skel, wanted);
}

/** The maps as libbpf knows them: those of the object, struct_ops, and one for each data section. */
function mapSlots(layout: Layout, { maps, structOps, sectionMaps, sections }: Members) {
  const shown = new Set(shownSections(layout, sections).map(({ section }) => section));
  const arena = layout.sections.find(({ kind }) => kind === "arena");
  const memoryOf = (section: DataSection | undefined): string | null =>
    section !== undefined && shown.has(section) ? (sections.get(section) ?? null) : null;
  const slots = [
    ...maps.map(({ map, member }) => ({
      member,
      name: map.name,
      doc: [describeMap(map), map.doc].join(map.doc?.includes("\n") ? "\n" : " ").trim(),
      memory: map.type === "arena" ? memoryOf(arena) : null,
    })),
    ...layout.structOps.map((ops, index) => ({ member: structOps[index] ?? "", name: ops.name, doc: ops.doc, memory: null })),
    // libbpf finds the map of a section by the section's own name, whatever it makes of it for the kernel
    ...[...sectionMaps].map(([section, member]) => ({ member, name: section.name, doc: null, memory: memoryOf(section) })),
  ];
  return slots.map(({ member, name, doc, memory }, index) => ({
    index,
    member,
    memory,
    quotedName: quote(name),
    doc: doc === null ? null : commentLines(doc),
  }));
}

/** The object as string literals of 32 bytes, which compile many times faster than a list of numbers. */
function objectLines(object: Uint8Array): string[] {
  const lines: string[] = [];
  for (let start = 0; start < object.length; start += 32) {
    lines.push(`"${Array.from(object.subarray(start, start + 32), (byte) => escapes[byte]).join("")}"`);
  }
  const last = lines.pop() ?? '""';
  return [...lines, `${last};`];
}

const escapes = Array.from({ length: 256 }, (_, byte) => `\\x${byte.toString(16).padStart(2, "0")}`);

/** Everything that NAME.skel.h shows, as finished strings. */
export function skeletonView(layout: Layout, options: EmitOptions, unit: UnitNames, spelling: Spelling) {
  const skel = unit.skeleton;
  const members = memberNames(layout);
  const functions = functionNames(layout, members, skel);
  const sections = sectionViews(layout, members.sections, spelling, functions);
  const assertions = sections.flatMap((section) => section.assertions);
  const streams = streamViews(layout, members.maps, spelling, functions);
  return {
    skel,
    provenance: provenance(layout, options).map(commentText),
    name: commentText(layout.object.name),
    quotedName: quote(skel),
    file: layout.object.name,
    macro: unit.macro,
    foreign: layout.object.endianness === "big" ? "big" : null,
    sections,
    assertions,
    maps: mapSlots(layout, members),
    /** Ring buffers that become perf event arrays where the target has none. */
    fallbacks: members.maps.filter(({ map }) => map.fallback !== null).map(({ member }) => member),
    structOps: members.structOps.map((member, index) => ({
      member,
      link: members.structOpsLinks[index],
      index: members.maps.length + index,
    })),
    links: [...members.programs, ...members.structOpsLinks],
    programs: programViews(layout, members.programs, functions),
    objectLines: objectLines(options.object),
    streams,
    /** Streams that are opened at load, because a perf event array keeps nothing for a reader that comes later. */
    early: streams.filter(({ lost }) => lost !== null),
    tables: tableViews(members.maps, spelling, functions),
    queues: queueViews(members.maps, spelling, functions),
    slots: slotViews(members.maps, spelling, functions),
    sizes: sizeViews(members.maps, functions),
    enums: enumViews(layout, spelling, functions),
    fields: fieldViews(layout, members.structOps, spelling, functions),
  };
}
