import { declOf } from "./query.ts";
import type {
  DataSection,
  EnumDecl,
  Field,
  Layout,
  MapLayout,
  Padding,
  StructDecl,
  TypeId,
  TypeRef,
  UnionDecl,
  Variable,
} from "./types.ts";

/** A type that a language without typedefs declares. */
export type Declared = StructDecl | UnionDecl | EnumDecl;

/**
 * The types that a language declares which sees through typedefs and reaches the members of anonymous structs and unions as those of
 * the type around them: all but typedefs, and anonymous types that only lend their members.
 */
export function declaredTypes(layout: Layout): Declared[] {
  const lent = new Set<TypeId>();
  const used = new Set<TypeId>();
  const use = (ref: TypeRef | null, into = used): void => {
    if (ref?.kind === "array") use(ref.element);
    if (ref?.kind !== "named") return;
    const decl = declOf(layout, ref);
    if (decl.kind === "typedef") use(decl.type, into);
    else into.add(decl.id);
  };
  for (const decl of layout.types) {
    if (decl.kind !== "struct" && decl.kind !== "union") continue;
    for (const member of decl.members) if (member.kind !== "padding") use(member.type, member.name === null ? lent : used);
  }
  for (const type of usedTypes(layout)) use(type);
  return layout.types
    .filter((decl) => decl.kind !== "typedef")
    .filter((decl) => decl.name !== null || used.has(decl.id) || !lent.has(decl.id));
}

/** Every type that something other than a type holds: maps, globals, struct_ops and kconfig values. */
export function* usedTypes(layout: Layout): Iterable<TypeRef | null> {
  for (const map of layout.maps) yield* mapTypes(map);
  for (const section of layout.sections) for (const { type } of variablesOf(section)) yield type;
  for (const { fields } of layout.structOps) for (const { type } of fields) yield type;
  for (const { type } of layout.externs) yield type;
}

function* mapTypes(map: MapLayout): Iterable<TypeRef | null> {
  yield* [map.key, map.value, map.event?.type ?? null];
  if (map.inner !== null) yield* mapTypes(map.inner);
}

export function variablesOf(section: DataSection): Variable[] {
  return section.members.filter((member): member is Variable => member.kind === "variable");
}

/** A data section as a struct of its variables that ends at a multiple of `align` bytes, as structs do and sections need not. */
export function sectionStruct(
  section: DataSection,
  align: number,
): { readonly kind: "struct"; readonly size: number; readonly align: number; readonly members: readonly (Field | Padding)[] } {
  const members: (Field | Padding)[] = section.members.map((member) => (member.kind === "padding" ? member : variableField(member)));
  const size = Math.ceil(section.size / align) * align;
  if (size > section.size) members.push({ kind: "padding", offset: section.size, size: size - section.size });
  return { kind: "struct", size, align, members };
}

/** A variable as the member of its section, under the name that is unique there. */
function variableField({ path, offset, type, size, doc }: Variable): Field {
  return { kind: "field", name: path, offset, type, size, doc, aligned: true, flexible: false, special: null };
}

/** Whether a map of stack traces holds addresses, and not build ids with offsets. @see BPF_F_STACK_BUILD_ID in include/uapi/linux/bpf.h */
export function holdsAddresses({ flags }: Pick<MapLayout, "flags">): boolean {
  const stackBuildId = 1 << 5;
  return (flags & stackBuildId) === 0;
}

/** What `maxEntries` of a map counts. @see https://docs.kernel.org/bpf/maps.html */
export function capacityUnit({ type }: Pick<MapLayout, "type">): "entries" | "bytes" | "pages" {
  if (type === "ringbuf" || type === "user_ringbuf") return "bytes";
  return type === "arena" ? "pages" : "entries";
}

const singular = { entries: "entry", bytes: "byte", pages: "page" } as const;

/** `1 entry`, `262144 bytes`; `sized when loaded` where the object leaves it open. */
function describeCapacity(map: Pick<MapLayout, "type" | "maxEntries">): string {
  const unit = capacityUnit(map);
  return map.maxEntries === 0 ? "sized when loaded" : `${map.maxEntries} ${map.maxEntries === 1 ? singular[unit] : unit}`;
}

/** A map in one line for a person: `hash, 1024 entries.`, and where its events have no type how to give them one. */
export function describeMap(map: Pick<MapLayout, "name" | "type" | "maxEntries" | "event">): string {
  const what = `${map.type.replaceAll("_", " ")}, ${describeCapacity(map)}.`;
  const isUntyped = map.event !== null && map.event.type === null;
  return isUntyped ? `${what} Events are bytes, as their type is not known: name it when generating, with --event ${map.name}=TYPE.` : what;
}
