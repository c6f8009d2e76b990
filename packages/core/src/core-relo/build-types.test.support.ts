import { type Btf, BtfBuilder, type BtfId, type BtfMember, readBtf } from "../btf/index.ts";

type MemberSpec = readonly [name: string, type: BtfId, bitOffset: number, bitSize?: number];

/** A few types by their C names, and short ways to make more. */
export class Types extends BtfBuilder {
  readonly int = this.integer("int", 4, true);
  readonly u32 = this.integer("unsigned int", 4, false);
  readonly u64 = this.integer("unsigned long", 8, false);
  readonly u8 = this.integer("unsigned char", 1, false);

  integer(name: string, size: number, signed: boolean): BtfId {
    return this.add({ kind: "int", name, size, signed, char: false, bool: false, bits: size * 8, bitOffset: 0 });
  }

  pointer(type: BtfId): BtfId {
    return this.add({ kind: "pointer", name: "", type });
  }

  array(element: BtfId, length: number): BtfId {
    return this.add({ kind: "array", name: "", element, index: this.u32, length });
  }

  typedef(name: string, type: BtfId): BtfId {
    return this.add({ kind: "typedef", name, type });
  }

  forward(name: string, of: "struct" | "union" = "struct"): BtfId {
    return this.add({ kind: "forward", name, of });
  }

  composite(kind: "struct" | "union", name: string, size: number, members: readonly MemberSpec[]): BtfId {
    const made = members.map(([member, type, bitOffset, bitSize = 0]): BtfMember => ({ name: member, type, bitOffset, bitSize }));
    return this.add({ kind, name, size, members: made });
  }

  struct(name: string, size: number, members: readonly MemberSpec[]): BtfId {
    return this.composite("struct", name, size, members);
  }

  enumeration(name: string, values: Readonly<Record<string, bigint>>, wide = false): BtfId {
    const signed = Object.values(values).some((value) => value < 0n);
    const list = Object.entries(values).map(([key, value]) => ({ name: key, value }));
    return this.add({ kind: "enum", name, wide, size: wide ? 8 : 4, signed, values: list });
  }

  prototype(result: BtfId, ...parameters: readonly BtfId[]): BtfId {
    return this.add({ kind: "function-prototype", name: "", result, parameters: parameters.map((type) => ({ name: "", type })) });
  }

  read(endianness: "little" | "big" = "little"): Btf {
    return readBtf(this.build(endianness));
  }
}

/** A BTF, and the id that its maker gives. */
export function types(make: (types: Types) => BtfId, endianness: "little" | "big" = "little"): { readonly btf: Btf; readonly id: BtfId } {
  const made = new Types();
  const id = make(made);
  return { btf: made.read(endianness), id };
}
