import { type Btf, BtfBuilder, type BtfId, type BtfMember, readBtf } from "@lbc/core/btf";

/** Name, size of its type in bytes, offset in bits, and bits where it is a bit-field. */
type Member = readonly [name: string, size: number, at: number, bits?: number];

/** `struct __bpf_usdt_arg_spec` of libbpf 1.6 and 1.7, as clang lays them out on little-endian machines. */
export const arguments16 = {
  size: 16,
  members: [
    ["val_off", 8, 0],
    ["arg_type", 4, 64],
    ["reg_off", 2, 96],
    ["arg_signed", 1, 112],
    ["arg_bitshift", 1, 120],
  ],
} as const;
export const arguments24 = {
  size: 24,
  members: [
    ["val_off", 8, 0],
    ["arg_type", 4, 64, 8],
    ["idx_reg_off", 2, 80, 12],
    ["scale_bitshift", 2, 92, 4],
    ["reg_off", 2, 112],
    ["arg_signed", 1, 128],
    ["arg_bitshift", 1, 136],
  ],
} as const;

export interface Argument {
  /** In bytes. */
  readonly size: number;
  readonly members: readonly Member[];
}

/** The types of `__bpf_usdt_specs`, and which one its values have. */
export function usdtTypes(argument: Argument): { readonly btf: Btf; readonly value: BtfId } {
  const builder = new BtfBuilder();
  const int = (size: number): number =>
    builder.add({ kind: "int", name: `u${size * 8}`, size, signed: false, char: false, bool: false, bits: size * 8, bitOffset: 0 });
  const placed = (members: readonly Member[]): BtfMember[] =>
    members.map(([name, size, bitOffset, bitSize = 0]) => ({ name, type: int(size), bitOffset, bitSize }));
  const element = builder.add({ kind: "struct", name: "__bpf_usdt_arg_spec", size: argument.size, members: placed(argument.members) });
  const args = builder.add({ kind: "array", name: "", element, index: int(4), length: 12 });
  const end = argument.size * 12 * 8;
  const members = [
    { name: "args", type: args, bitOffset: 0, bitSize: 0 },
    ...placed([
      ["usdt_cookie", 8, end],
      ["arg_cnt", 2, end + 64],
    ]),
  ];
  const value = builder.add({ kind: "struct", name: "__bpf_usdt_spec", size: argument.size * 12 + 16, members });
  return { btf: readBtf(builder.build()), value };
}
