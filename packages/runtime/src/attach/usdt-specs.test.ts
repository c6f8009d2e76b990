import type { BpfObject, MapDefinition } from "@lbc/core/object";
import { expect, test } from "vitest";
import { command } from "../bpf/commands.ts";
import { MapHandle } from "../maps/map-handle.ts";
import { FakeSys } from "../sys/fake.test.support.ts";
import type { UsdtArgument } from "./usdt-arguments.ts";
import { UsdtSpecs } from "./usdt-specs.ts";
import { type Argument, arguments16, arguments24, usdtTypes } from "./usdt-types.test.support.ts";

function objectWith(argument: Argument): BpfObject {
  const { btf, value } = usdtTypes(argument);
  return { btf, maps: [{ name: "__bpf_usdt_specs", value } as MapDefinition] } as Partial<BpfObject> as BpfObject;
}

function specsOf(argument: Argument) {
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
  return { written, specs: new UsdtSpecs(objectWith(argument), map, null) };
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
