import type { Btf, BtfMember } from "../btf/index.ts";
import type { ElfFile, Relocation, Section } from "../elf/index.ts";
import { ObjectError } from "./errors.ts";
import type { MapDefinition, Program } from "./types.ts";

/** Pointers of BPF have 8 bytes. */
const slotSize = 8;

/** The maps, with the slots that relocations of `.maps` fill: inner maps, or programs of a program array. Throws ObjectError. */
export function readInitial(
  elf: ElfFile,
  btf: Btf,
  section: Section,
  maps: readonly MapDefinition[],
  programs: readonly Program[],
): MapDefinition[] {
  const slots = new Map<MapDefinition, { slot: number; target: string }[]>();
  const targets = new Map([...maps, ...programs].map((target) => [`${target.sectionIndex} ${target.offset}`, target.name]));
  let current = 0;
  // Both are ascending by offset.
  for (const relocation of section.relocations) {
    while ((maps[current + 1]?.offset ?? Number.POSITIVE_INFINITY) <= relocation.offset) current++;
    const map = maps[current];
    const values = map === undefined ? undefined : valuesMember(btf, map);
    if (map === undefined || values === undefined) throw bad(relocation, "it is filled with an address, but has no values", map);
    const place = relocation.offset - map.offset - values.bitOffset / 8;
    if (place < 0 || place % slotSize !== 0) throw bad(relocation, `offset ${relocation.offset} is no slot of its values`, map);
    const filled = slots.get(map) ?? [];
    filled.push({ slot: place / slotSize, target: targetName(elf, relocation, map, targets) });
    slots.set(map, filled);
  }
  return maps.map((map) => ({ ...map, initial: slots.get(map) ?? [] }));
}

function valuesMember(btf: Btf, map: MapDefinition): BtfMember | undefined {
  const struct = btf.type(map.struct);
  const last = struct.kind === "struct" ? struct.members.at(-1) : undefined;
  return last?.name === "values" ? last : undefined;
}

/** `targets`: the names of maps and programs, by section index and offset. */
function targetName(elf: ElfFile, relocation: Relocation, map: MapDefinition, targets: ReadonlyMap<string, string>): string {
  const symbol = elf.symbols[relocation.symbol];
  const inMaps = symbol?.sectionIndex === map.sectionIndex;
  const target = targets.get(`${symbol?.sectionIndex} ${symbol?.value}`);
  const ofPrograms = map.type === "prog_array";
  if (target !== undefined && inMaps !== ofPrograms) return target;
  throw bad(relocation, `${symbol?.name ?? "a symbol"} is not ${ofPrograms ? "a program" : "a map"} of this object`, map);
}

function bad(relocation: Relocation, message: string, map: MapDefinition | undefined): ObjectError {
  const hint = "fill values with the addresses of maps or programs of the same file";
  return new ObjectError("bad-map-values", { section: ".maps", type: map?.name, offset: relocation.offset, message, hint });
}
