import type { Btf } from "../btf/index.ts";
import { inferStreams, type StreamEvidence } from "../events/index.ts";
import type { BpfObject, Extern, MapDefinition } from "../object/index.ts";
import type { Root } from "./collect.ts";
import { declaration } from "./declaration.ts";
import { LayoutError } from "./errors.ts";
import { type DeclaredEvent, declaredEvents, eventLayout, eventNote, eventRoots } from "./events.ts";
import { findType } from "./find-type.ts";
import { mapLayout, mapRoots, untypedValueNotes } from "./maps.ts";
import { programLayout } from "./programs.ts";
import { sectionLayout, sectionRoots } from "./sections.ts";
import { sha256 } from "./sha256.ts";
import { TypeSource } from "./source.ts";
import { structOpsLayout, structOpsRoots } from "./struct-ops.ts";
import { TypeTable } from "./type-table.ts";
import { type ExternLayout, type Layout, layoutSchema, type MapLayout, type Note } from "./types.ts";

/** What the object does not say itself. */
export interface LayoutOptions {
  /** Name of the object, such as `hello` for hello.bpf.o. */
  readonly name: string;
  /** Event types by map: `{ events: "struct event" }`. */
  readonly events?: Readonly<Record<string, string>> | undefined;
  /** Types to be laid out although nothing reaches them: `event`, `struct event`, `event_t`. */
  readonly types?: readonly string[] | undefined;
  /** Where types that the object's BTF lacks are looked for, in this order; of the object's endianness. */
  readonly extraBtf?: readonly Btf[] | undefined;
}

/**
 * Settles every layout question of an object. Throws LayoutError where the user names what is not there or the BTF contradicts itself,
 * and BtfError where it is damaged.
 */
export function resolveLayout(object: BpfObject, options: LayoutOptions): Layout {
  checkName(options.name);
  const own = object.btf === null ? null : new TypeSource(object.btf);
  const sources = [...(own === null ? [] : [own]), ...extraSources(object, options.extraBtf ?? [])];
  const declared = declaredEvents(object, sources, options.events ?? {});
  const types = new TypeTable(allRoots(object, own, sources, declared, options.types ?? []), object.elf.endianness);

  const streams = inferStreams(object);
  const maps = own === null ? [] : object.maps.map((map) => mapWithEvent(own, types, map, declared.get(map), streams.get(map)));
  const sections = object.data.map((section) => sectionLayout(own, types, section));
  return {
    schema: layoutSchema,
    object: {
      name: options.name,
      sha256: sha256(object.elf.bytes),
      byteLength: object.elf.bytes.length,
      endianness: object.elf.endianness,
      license: object.license,
      kernelVersion: object.kernelVersion,
    },
    types: types.types,
    maps,
    sections: sections.map(({ layout }) => layout),
    programs: object.programs.map((program) => programLayout(own, program)),
    structOps: own === null ? [] : object.structOps.map((ops) => structOpsLayout(own, types, ops, variableOf(own, ops.name))),
    externs: object.externs.map((extern) => externLayout(own, types, extern)),
    notes: [
      ...objectNotes(object),
      ...types.notes,
      ...object.maps.flatMap((map, index) => streamNote(object.btf, map, maps[index], streams.get(map), declared.get(map))),
      ...untypedValueNotes(maps),
      ...sections.flatMap(({ notes }) => notes),
    ],
  };
}

function extraSources(object: BpfObject, extra: readonly Btf[]): TypeSource[] {
  return extra.map((btf) => {
    if (btf.endianness === object.elf.endianness) return new TypeSource(btf);
    throw new LayoutError("endianness-mismatch", {
      message: `types from a ${btf.endianness}-endian BTF for a ${object.elf.endianness}-endian object`,
      hint: "compile the supplied types for the object's target",
    });
  });
}

/** Everything that user space holds by value, in the order of the layout: maps, sections, struct_ops, kconfig, named types. */
function* allRoots(
  object: BpfObject,
  own: TypeSource | null,
  sources: readonly TypeSource[],
  declared: ReadonlyMap<MapDefinition, DeclaredEvent>,
  names: readonly string[],
): Iterable<Root> {
  yield* eventRoots(declared);
  if (own !== null) {
    for (const map of object.maps) yield* mapRoots(own, map);
    for (const section of object.data) yield* sectionRoots(own, section);
    for (const ops of object.structOps) yield* structOpsRoots(own, ops);
    for (const { kind, type, name } of object.externs) {
      if (kind === "kconfig" && type !== null) yield { source: own, id: type, place: name };
    }
  }
  for (const name of names) yield { ...findType(sources, name), place: name };
}

function mapWithEvent(
  own: TypeSource,
  types: TypeTable,
  map: MapDefinition,
  declared: DeclaredEvent | undefined,
  seen: StreamEvidence | undefined,
): MapLayout {
  return mapLayout(own, types, map, seen === undefined ? null : eventLayout(types, own, declared, seen), seen);
}

function streamNote(
  btf: Btf | null,
  map: MapDefinition,
  layout: MapLayout | undefined,
  seen: StreamEvidence | undefined,
  declared: DeclaredEvent | undefined,
): Note[] {
  if (seen === undefined || layout === undefined || layout.event === null) return [];
  const note = eventNote(btf, map, layout.event, seen, declared);
  return note === null ? [] : [note];
}

function externLayout(own: TypeSource | null, types: TypeTable, extern: Extern): ExternLayout {
  const { name, kind, type, weak, offset } = extern;
  const typed = own !== null && type !== null ? { source: own, id: type } : null;
  const declared = own === null ? `void ${name}` : declaration(own.btf, type, name);
  if (typed === null || kind === "kfunc") return { name, kind, type: null, declaration: declared, weak, offset };
  const ref = kind === "kconfig" ? types.ref(typed) : types.refIfReached(typed);
  return { name, kind, type: ref, declaration: declared, weak, offset };
}

function variableOf(own: TypeSource, name: string): number | null {
  return own.btf.find(name, "variable")[0] ?? null;
}

function objectNotes(object: BpfObject): Note[] {
  const unlinked = object.unresolved.map((name): Note => {
    const hint = "link them into one: lbc build first.bpf.c second.bpf.c -o both.bpf.o";
    return { code: "unlinked", subject: name, message: `${name} is declared here and defined in another object`, hint };
  });
  const legacy = object.legacyMaps.map(
    ({ name, section }): Note => ({
      code: "legacy-maps",
      subject: name,
      message: `map ${name} is defined the legacy way, in SEC("${section}"), without types`,
      hint: 'declare it in SEC(".maps") with __uint(type, …), __type(key, …) and __type(value, …)',
    }),
  );
  if (object.btf !== null) return [...unlinked, ...legacy];
  const hint = "compile with -g: the layout of maps and globals comes from BTF";
  return [...unlinked, ...legacy, { code: "no-btf", subject: ".BTF", message: "the object has no BTF: types are not known", hint }];
}

/** The name becomes part of file names and identifiers: a generator turns what is left into its language's own. */
function checkName(name: string): void {
  if (/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$/.test(name) && /[A-Za-z0-9]/.test(name)) return;
  throw new LayoutError("bad-name", {
    message: `"${name}" cannot be the name of an SDK`,
    hint: "use letters, digits, _, - and . (at most 100 of them), beginning with a letter, a digit or _",
  });
}
