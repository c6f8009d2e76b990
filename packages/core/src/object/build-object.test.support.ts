import { BtfBuilder, type BtfId, type BtfMember } from "../btf/index.ts";
import type { Endianness } from "../bytes/index.ts";
import { buildElf, code, type NewElf, type NewSection, variables } from "../elf/build-elf.test.support.ts";
import { readElf } from "../elf/index.ts";
import { readObject } from "./index.ts";
import type { BpfObject } from "./types.ts";

/** Types as a compiler makes them of libbpf's macros. */
export class Types extends BtfBuilder {
  readonly int = this.integer("int", 4, true);
  readonly char = this.integer("char", 1, true);
  readonly u32 = this.typedef("u32", this.integer("unsigned int", 4, false));
  readonly u64 = this.typedef("u64", this.integer("unsigned long long", 8, false));
  readonly bool = this.add({ kind: "int", name: "_Bool", size: 1, signed: false, char: false, bool: true, bits: 8, bitOffset: 0 });

  integer(name: string, size: number, signed: boolean): BtfId {
    return this.add({ kind: "int", name, size, signed, char: false, bool: false, bits: size * 8, bitOffset: 0 });
  }

  typedef(name: string, type: BtfId): BtfId {
    return this.add({ kind: "typedef", name, type });
  }

  pointer(type: BtfId): BtfId {
    return this.add({ kind: "pointer", name: "", type });
  }

  array(element: BtfId, length: number): BtfId {
    return this.add({ kind: "array", name: "", element, index: this.int, length });
  }

  /** `__uint(name, value)`; with another element it carries an event's type, as `LBC_RINGBUF` does. */
  uint(value: number, element: BtfId = this.int): BtfId {
    return this.pointer(this.array(element, value));
  }

  /** `__ulong(name, value)` */
  ulong(value: bigint): BtfId {
    return this.add({ kind: "enum", name: "", wide: true, size: 8, signed: false, values: [{ name: "__unique_value", value }] });
  }

  function(name: string, linkage: "static" | "global" | "extern" = "global"): BtfId {
    return this.add({ kind: "function", name, type: this.prototype(), linkage });
  }

  prototype(): BtfId {
    return this.add({ kind: "function-prototype", name: "", result: this.int, parameters: [{ name: "context", type: this.pointer(0) }] });
  }

  /** A struct whose members have 8 bytes each, unless a size is given. */
  struct(name: string, members: Readonly<Record<string, BtfId>>, size = 8 * Object.keys(members).length): BtfId {
    const placed = Object.entries(members).map(
      ([member, type], index): BtfMember => ({ name: member, type, bitOffset: index * 64, bitSize: 0 }),
    );
    return this.add({ kind: "struct", name, size, members: placed });
  }

  variable(name: string, type: BtfId, linkage: "static" | "global" | "extern" = "global"): BtfId {
    return this.add({ kind: "variable", name, type, linkage });
  }

  /** A DATASEC as a compiler leaves it: without its size; `variables`: ids and sizes, and for static ones their offset. */
  dataSection(name: string, entries: readonly (readonly [type: BtfId, size: number, offset?: number])[]): BtfId {
    return this.add({
      kind: "data-section",
      name,
      size: 0,
      variables: entries.map(([type, size, offset = 0]) => ({ type, size, offset })),
    });
  }
}

/** An object with these types in .BTF. */
export function buildObject(types: Types | null, elf: NewElf): Uint8Array {
  const endianness: Endianness = elf.endianness ?? "little";
  const btf: NewSection[] = types === null ? [] : [{ name: ".BTF", data: types.build(endianness) }];
  return buildElf({ ...elf, sections: [...(elf.sections ?? []), ...btf] });
}

export function readBuilt(types: Types | null, elf: NewElf): BpfObject {
  return readObject(readElf(buildObject(types, elf)));
}

/** An object whose .maps holds one map of each struct, 64 bytes apart; `extra` adds to the file. */
export function readMapsOf(types: Types, maps: Readonly<Record<string, BtfId>>, extra: NewElf = {}): BpfObject {
  return readBuilt(types, mapsElf(types, maps, extra));
}

export function mapsElf(types: Types, maps: Readonly<Record<string, BtfId>>, extra: NewElf = {}): NewElf {
  const names = Object.keys(maps);
  types.dataSection(
    ".maps",
    Object.entries(maps).map(([name, type]) => [types.variable(name, type), 64]),
  );
  const symbols = names.map((name, index) => ({ name, section: ".maps", value: index * 64, size: 64, type: "object" as const }));
  return {
    ...extra,
    sections: [variables(".maps", new Uint8Array(64 * names.length)), ...(extra.sections ?? [])],
    symbols: [...symbols, ...(extra.symbols ?? [])],
  };
}

/** Two instructions: `r0 = 0; exit`. */
export const twoInstructions = new Uint8Array([0xb7, 0, 0, 0, 0, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0]);

/** A section of programs of two instructions each. */
export function programs(section: string, names: readonly string[]): Required<Pick<NewElf, "sections" | "symbols">> {
  const bytes = new Uint8Array(names.flatMap(() => [...twoInstructions]));
  return {
    sections: [code(section, bytes)],
    symbols: names.map((name, index) => ({ name, section, value: index * 16, size: 16, type: "func" })),
  };
}
