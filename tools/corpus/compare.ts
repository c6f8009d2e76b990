import type { Language } from "@lbc/build";
import { type Bits, type Field, type Layout, type MapLayout, resolveTypedefs, type TypeDecl, type TypeRef } from "@lbc/core/layout";
import type { PeerBtf, PeerMember, PeerType } from "./bpftool.ts";

/**
 * Everything that bpftool sees in an object's BTF and the layout does not have, or has otherwise: map keys and values, globals,
 * and each named member below them. Empty where both agree.
 */
export function compareWithPeer(layout: Layout, peer: PeerBtf): string[] {
  const found: string[] = [];
  for (const [section, variables] of peer.sections()) {
    for (const variable of variables) {
      if (section === ".maps") compareMap(layout, peer, variable, found);
      else if (!isElsewhere(section)) compareVariable(layout, peer, section, variable, found);
    }
  }
  return found;
}

/** Sections that hold no data of the program: kernel symbols, struct_ops, and what the loader reads itself. */
const isElsewhere = (section: string): boolean =>
  section === ".ksyms" || section.startsWith(".struct_ops") || section === "license" || section === "version";

function compareMap(layout: Layout, peer: PeerBtf, variable: PeerType, found: string[]): void {
  const map = layout.maps.find(({ name }) => name === variable.name);
  if (map === undefined) {
    found.push(`map ${variable.name} is missing`);
    return;
  }
  for (const member of peer.resolve(variable.type_id).members ?? []) {
    if (member.name === "key" || member.name === "value") {
      const target = peer.type(member.type_id).type_id;
      compareSide(layout, peer, map, member.name, target, found);
    }
  }
}

function compareSide(
  layout: Layout,
  peer: PeerBtf,
  map: MapLayout,
  side: "key" | "value",
  target: number | undefined,
  found: string[],
): void {
  const place = `map ${map.name} ${side}`;
  const ref = map[side];
  if (ref === null) found.push(`${place} has no type`);
  else new Comparison(layout, peer, found).types(target, ref, place);
}

function compareVariable(layout: Layout, peer: PeerBtf, section: string, variable: PeerType, found: string[]): void {
  const place = `${section} ${variable.name}`;
  const members = layout.sections.find(({ name }) => name === section)?.members ?? [];
  const same = members.filter((member) => member.kind === "variable" && member.name === variable.name);
  if (same.length === 0) found.push(`${place} is missing`);
  // Two statics of one name are told apart by their types: one of them has to fit.
  const attempts = same.map((member) => {
    const attempt: string[] = [];
    if (member.kind === "variable") new Comparison(layout, peer, attempt).types(variable.type_id, member.type, place);
    return attempt;
  });
  found.push(...oneHasToFit(attempts));
}

/** Of the differences of several that may be meant, those of the first, or none where one has none. */
const oneHasToFit = (attempts: readonly (readonly string[])[]): readonly string[] =>
  attempts.some((attempt) => attempt.length === 0) ? [] : (attempts[0] ?? []);

/** What clang has no kind of BTF for, such as _Atomic, it writes as void: lbc knows no more of it than its size. */
const isBytes = (ref: TypeRef): boolean => ref.kind === "array" && ref.element.kind === "int" && ref.element.bytes === 1;

class Comparison {
  readonly #layout: Layout;
  readonly #peer: PeerBtf;
  readonly #found: string[];

  constructor(layout: Layout, peer: PeerBtf, found: string[]) {
    this.#layout = layout;
    this.#peer = peer;
    this.#found = found;
  }

  types(id: number | undefined, ref: TypeRef, place: string): void {
    const theirs = this.#peer.resolve(id);
    const ours = resolveTypedefs(this.#layout, ref);
    switch (theirs.kind) {
      case "INT":
        this.#same(place, ours.kind === "int" && ours.bytes === theirs.size && ours.signed === theirs.encoding?.includes("SIGNED"), theirs);
        return;
      case "FLOAT":
        this.#same(place, ours.kind === "float" && ours.bytes === theirs.size, theirs);
        return;
      case "PTR":
        this.#same(place, ours.kind === "pointer", theirs);
        return;
      case "VOID":
        this.#same(place, isBytes(ours), theirs);
        return;
      case "ARRAY":
        if (this.#peer.resolve(theirs.type_id).kind === "VOID") {
          this.#same(place, isBytes(ours), theirs);
          return;
        }
        this.#same(place, ours.kind === "array" && ours.length === theirs.nr_elems, theirs);
        if (ours.kind === "array") this.types(theirs.type_id, ours.element, `${place}[]`);
        return;
      case "STRUCT":
      case "UNION":
      case "ENUM":
      case "ENUM64":
        if (ours.kind === "named") this.#declarations(theirs, this.#layout.types[ours.id] as TypeDecl, place);
        else this.#same(place, false, theirs);
        return;
      default:
        this.#same(place, false, theirs);
    }
  }

  #declarations(theirs: PeerType, ours: TypeDecl, place: string): void {
    if (theirs.kind === "ENUM" || theirs.kind === "ENUM64") {
      this.#same(place, ours.kind === "enum" && ours.bytes === theirs.size && ours.values.length === (theirs.values ?? []).length, theirs);
      return;
    }
    if (ours.kind !== theirs.kind.toLowerCase() || (ours.kind !== "struct" && ours.kind !== "union") || ours.size !== theirs.size) {
      this.#same(place, false, theirs);
      return;
    }
    const named = ours.members.filter((member) => member.kind !== "padding");
    for (const member of theirs.members ?? []) {
      const name = member.name === "(anon)" ? null : member.name;
      const inner = `${place}.${name ?? "(anonymous)"}`;
      const there = named.filter((ourMember) => ourMember.name === name && offsetInBits(ourMember) === member.bits_offset);
      if (there.length === 0) this.#found.push(`${inner} is not at bit ${member.bits_offset}`);
      // several anonymous members may be at one place
      else this.#found.push(...oneHasToFit(there.map((ourMember) => this.#member(member, ourMember, inner))));
    }
  }

  #member(theirs: PeerMember, ours: Field | Bits, place: string): string[] {
    const found: string[] = [];
    const comparison = new Comparison(this.#layout, this.#peer, found);
    if (ours.kind === "field") comparison.types(theirs.type_id, ours.type, place);
    else comparison.#same(place, ours.bitSize === theirs.bitfield_size, this.#peer.resolve(theirs.type_id));
    return found;
  }

  #same(place: string, same: boolean, theirs: PeerType): void {
    if (!same) this.#found.push(`${place} is not the ${theirs.kind.toLowerCase()} ${theirs.name} of ${theirs.size ?? "?"} bytes`);
  }
}

const offsetInBits = (member: Field | Bits): number => (member.kind === "field" ? member.offset * 8 : member.bitOffset);

/** libbpf tells nobody but its C skeletons, and cilium/ebpf nobody at all, where in an arena its variables are: the arena is a map there. */
const withoutArenaVariables: ReadonlySet<Language> = new Set(["go", "rust"]);

/** Every kernel name that an SDK has to spell: maps, programs, globals, and the members of what they reach. */
export function kernelNames(layout: Layout, language: Language): string[] {
  const names = [...layout.maps.map(({ name }) => name), ...layout.programs.map(({ name }) => name)];
  const sections = layout.sections.filter(({ kind }) => kind !== "arena" || !withoutArenaVariables.has(language));
  for (const { members } of sections) for (const member of members) if (member.kind === "variable") names.push(member.name);
  for (const type of layout.types) {
    if (type.kind === "struct" || type.kind === "union")
      for (const member of type.members) if (member.kind !== "padding" && member.name !== null) names.push(member.name);
    if (type.kind === "enum") names.push(...type.values.map(({ name }) => name));
  }
  return [...new Set(names)];
}

/** The kernel names that no identifier of the output spells, whatever its case; a prefix (`get_`, an enum's own) may stand before it. */
export function unreachable(layout: Layout, language: Language, output: string): string[] {
  // in capitals, as those of ß are two letters
  const plain = (name: string): string =>
    name
      .normalize("NFKC")
      .replace(/[^\p{L}\p{Nd}]/gu, "")
      .toUpperCase();
  const spelled = new Set((output.match(/[\p{L}_][\p{L}\p{Nd}_]*/gu) ?? []).map(plain));
  return kernelNames(layout, language).filter(
    (name) => !spelled.has(plain(name)) && ![...spelled].some((word) => word.endsWith(plain(name))),
  );
}
