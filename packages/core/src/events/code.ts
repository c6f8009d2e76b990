import { decodeInstructions, type Instruction } from "../insn/index.ts";
import type { BpfObject, MapDefinition } from "../object/index.ts";
import { constant, unknown, type Value } from "./value.ts";

/** One program or subprogram, with what its 64-bit loads stand for. */
export interface Code {
  readonly instructions: readonly Instruction[];
  /** The address that a relocated load gives; undefined where the instruction is not relocated. */
  address(instruction: Instruction): Value | undefined;
  /** Whether CO-RE writes another constant into the instruction when the program is loaded. */
  isPatched(instruction: Instruction): boolean;
}

/** The instructions of every function of an object. */
export function* functionsOf(object: BpfObject): Iterable<Code> {
  const patched = new Set(object.btfExt?.relocations.map(({ section, offset }) => `${section}\0${offset}`));
  const maps = new Map(object.maps.map((map) => [`${map.sectionIndex}:${map.offset}`, map]));
  const dataSections = new Set(object.data.map((section) => section.sectionIndex));
  for (const { sectionIndex, offset: start, size } of [...object.programs, ...object.subprograms]) {
    const section = object.elf.sections[sectionIndex];
    if (section === undefined) continue;
    const addresses = new Map<number, Value>();
    const instructions = decodeInstructions(section.data.subarray(start, start + size), object.elf.endianness);
    const immediates = new Map(instructions.map(({ position, immediate }) => [start + position, immediate]));
    for (const { offset, symbol: index } of section.relocations) {
      const immediate = immediates.get(offset);
      const symbol = object.elf.symbols[index];
      if (immediate === undefined || symbol === undefined) continue;
      addresses.set(offset - start, addressOf(symbol.sectionIndex, symbol.value + immediate, maps, dataSections));
    }
    yield {
      instructions,
      address: ({ position }) => addresses.get(position),
      isPatched: ({ position }) => patched.has(`${section.name}\0${start + position}`),
    };
  }
}

function addressOf(section: number, offset: number, maps: ReadonlyMap<string, MapDefinition>, dataSections: ReadonlySet<number>): Value {
  const map = maps.get(`${section}:${offset}`);
  if (map !== undefined) return { kind: "map", map };
  return dataSections.has(section) ? { kind: "global", section, offset } : unknown;
}

/** The number that a 64-bit load without relocation gives. */
export function literal({ immediate, upperImmediate }: Instruction): Value {
  return constant((upperImmediate ?? 0) * 2 ** 32 + (immediate >>> 0));
}
