import type { ElfFile, ElfSymbol, Section } from "../elf/index.ts";
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
  const addresses = new Addresses(object);
  for (const { sectionIndex, offset: start, size } of [...object.programs, ...object.subprograms]) {
    const section = object.elf.sections[sectionIndex];
    if (section === undefined) continue;
    yield {
      instructions: decodeInstructions(section.data.subarray(start, start + size), object.elf.endianness),
      address: ({ position, immediate }) => addresses.at(section, start + position, immediate),
      isPatched: ({ position }) => patched.has(`${section.name}\0${start + position}`),
    };
  }
}

/** What the relocations of an object's code point at. */
class Addresses {
  readonly #elf: ElfFile;
  readonly #maps: ReadonlyMap<string, MapDefinition>;
  readonly #dataSections: ReadonlySet<number>;
  readonly #symbols = new Map<Section, ReadonlyMap<number, ElfSymbol | undefined>>();

  constructor({ elf, maps, data }: BpfObject) {
    this.#elf = elf;
    this.#maps = new Map(maps.map((map) => [`${map.sectionIndex}:${map.offset}`, map]));
    this.#dataSections = new Set(data.map((section) => section.sectionIndex));
  }

  /** The address that a relocated instruction with this constant gives; undefined where nothing relocates it. */
  at(section: Section, offset: number, immediate: number): Value | undefined {
    const symbols = this.#symbols.get(section) ?? this.#symbolsOf(section);
    if (!symbols.has(offset)) return undefined;
    const symbol = symbols.get(offset);
    if (symbol === undefined) return unknown;
    const target = symbol.value + immediate;
    const map = this.#maps.get(`${symbol.sectionIndex}:${target}`);
    if (map !== undefined) return { kind: "map", map };
    return this.#dataSections.has(symbol.sectionIndex) ? { kind: "global", section: symbol.sectionIndex, offset: target } : unknown;
  }

  #symbolsOf(section: Section): ReadonlyMap<number, ElfSymbol | undefined> {
    const symbols = new Map(section.relocations.map(({ offset, symbol }) => [offset, this.#elf.symbols[symbol]]));
    this.#symbols.set(section, symbols);
    return symbols;
  }
}

/** The number that a 64-bit load without relocation gives. */
export function literal({ immediate, upperImmediate }: Instruction): Value {
  return constant((upperImmediate ?? 0) * 2 ** 32 + (immediate >>> 0));
}
