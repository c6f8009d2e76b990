import { BtfBuilder, type BtfMember, readBtf } from "@lbc/core/btf";
import type { BpfObject, MapDefinition } from "@lbc/core/object";
import { expect, test } from "vitest";
import { command } from "../bpf/commands.ts";
import { MapHandle } from "../maps/map-handle.ts";
import { FakeSys } from "../sys/fake.test.support.ts";
import type { UsdtArgument } from "./usdt-arguments.ts";
import { UsdtSpecs } from "./usdt-specs.ts";

/** Name, size of its type in bytes, offset in bits, and bits where it is a bit-field. */
type Member = readonly [name: string, size: number, at: number, bits?: number];

/** `struct __bpf_usdt_arg_spec` of libbpf 1.6 and 1.7, as clang lays them out on little-endian machines. */
const arguments16 = {
  size: 16,
  members: [
    ["val_off", 8, 0],
    ["arg_type", 4, 64],
    ["reg_off", 2, 96],
    ["arg_signed", 1, 112],
    ["arg_bitshift", 1, 120],
  ],
} as const;
const arguments24 = {
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

function objectWith(argument: { readonly size: number; readonly members: readonly Member[] }): BpfObject {
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
  const maps = [{ name: "__bpf_usdt_specs", value } as MapDefinition];
  return { btf: readBtf(builder.build()), maps } as Partial<BpfObject> as BpfObject;
}

function specsOf(argument: Parameters<typeof objectWith>[0]) {
  const written: { readonly id: number; readonly bytes: Uint8Array }[] = [];
  const sys = new FakeSys({
    bpf: (asked, attr) => {
      if (asked !== command.mapUpdate) return undefined;
      const [key, value] = [8, 16].map((offset) => sys.at(attr.getBigUint64(offset, true)).slice());
      written.push({ id: key?.[0] ?? -1, bytes: value ?? new Uint8Array() });
      return 0;
    },
  });
  const valueSize = argument.size * 12 + 16;
  const map = MapHandle.create({ type: "array", name: "__bpf_usdt_specs", valueSize, maxEntries: 2 }, sys);
  return { written, specs: new UsdtSpecs(objectWith(argument), map) };
}

const inMemory: UsdtArgument = { where: "memory", value: -8n, register: 40, index: null, signed: true, size: 4 };
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

test.each([
  ["16 bytes of libbpf 1.6", arguments16, `${"f8".padEnd(16, "f")}02000000${"2800"}0120`],
  ["24 bytes of libbpf 1.7", arguments24, `${"f8".padEnd(16, "f")}020000000000${"2800"}0120${"00".repeat(6)}`],
])("arguments are laid out in the %s, as the object's own type says", (_, argument, expected) => {
  const { written, specs } = specsOf(argument);
  expect(specs.add([{ ...inMemory, register: 0, value: 0n }, inMemory], 77n)).toBe(0);
  const bytes = written[0]?.bytes ?? new Uint8Array();
  expect(bytes.length).toBe(argument.size * 12 + 16);
  expect(hex(bytes.subarray(argument.size, 2 * argument.size))).toBe(expected);
  expect(hex(bytes.subarray(argument.size * 12))).toBe(`4d${"00".repeat(7)}02${"00".repeat(7)}`);
});

const element: UsdtArgument = { ...inMemory, where: "indexed", index: { register: 80, shift: 3 } };

test("an element of an array has its index beside the base, in bit-fields", () => {
  const { written, specs } = specsOf(arguments24);
  specs.add([element], 0n);
  expect(hex(written[0]?.bytes.subarray(0, 24) ?? new Uint8Array())).toBe(
    `${"f8".padEnd(16, "f")}0300503000002800${"0120"}${"00".repeat(6)}`,
  );
});

test("an element of an array is refused for programs that were compiled before libbpf 1.7", () => {
  expect(() => specsOf(arguments16).specs.add([element], 0n)).toThrow(
    expect.objectContaining({ code: "unsupported", hint: expect.stringContaining("libbpf 1.7") }),
  );
});

test("an object whose specifications are of an unknown kind is refused where it attaches", () => {
  const { specs } = specsOf({ size: 16, members: arguments16.members.slice(1) });
  expect(() => specs.add([inMemory], 0n)).toThrow(
    expect.objectContaining({ code: "bad-object", message: expect.stringContaining("val_off") }),
  );
});
