import { BtfBuilder, type BtfId, readBtf } from "@lbc/core/btf";
import type { BpfObject, Extern } from "@lbc/core/object";
import { expect, test } from "vitest";
import { Kernel } from "../kernel/kernel.ts";
import { FakeSys } from "../sys/fake.test.support.ts";
import { fillKconfig } from "./kconfig-values.ts";

const config = 'CONFIG_YES=y\nCONFIG_MODULE=m\nCONFIG_HZ=250\nCONFIG_NEGATIVE=-1\nCONFIG_HEX=0x1000000000\nCONFIG_TEXT="a long text"\n';

type TypeName = "bool" | "char" | "s8" | "u16" | "int" | "u64" | "tristate" | "text";

/** The 16 bytes of a .kconfig section with one extern of that type, in hexadecimal. */
function fill(name: string, typeName: TypeName, weak = false): string {
  const b = new BtfBuilder();
  const integer = (size: number, signed: boolean, bool = false): BtfId =>
    b.add({ kind: "int", name: "i", size, signed, char: false, bool, bits: size * 8, bitOffset: 0 });
  const char = integer(1, true);
  const ids: Readonly<Record<TypeName, BtfId>> = {
    bool: integer(1, false, true),
    char,
    s8: char,
    u16: integer(2, false),
    int: integer(4, true),
    u64: integer(8, false),
    tristate: b.add({
      kind: "enum",
      name: "libbpf_tristate",
      wide: false,
      size: 4,
      signed: false,
      values: [{ name: "TRI_NO", value: 0n }],
    }),
    text: b.add({ kind: "array", name: "", element: char, index: char, length: 6 }),
  };
  const extern: Extern = { name, kind: "kconfig", type: ids[typeName], weak, offset: 4 };
  const kernel = new Kernel(new FakeSys({ release: "6.1.7" }), { kconfig: config });
  return Buffer.from(fillKconfig({ externs: [extern] } as unknown as BpfObject, readBtf(b.build()), kernel, 16)).toString("hex", 4, 12);
}

test.each<[string, TypeName, string]>([
  ["CONFIG_YES", "bool", "0100000000000000"],
  ["CONFIG_YES", "tristate", "0100000000000000"],
  ["CONFIG_MODULE", "tristate", "0200000000000000"],
  ["CONFIG_MODULE", "char", "6d00000000000000"],
  ["CONFIG_HZ", "int", "fa00000000000000"],
  ["CONFIG_HZ", "u16", "fa00000000000000"],
  ["CONFIG_HZ", "u64", "fa00000000000000"],
  ["CONFIG_NEGATIVE", "int", "ffffffff00000000"],
  ["CONFIG_NEGATIVE", "s8", "ff00000000000000"],
  ["CONFIG_HEX", "u64", "0000000010000000"],
  ["CONFIG_TEXT", "text", "61206c6f6e000000"],
  ["LINUX_KERNEL_VERSION", "int", "0701060000000000"],
  ["LINUX_HAS_SYSCALL_WRAPPER", "bool", "0000000000000000"],
])("%s as %s is %s", (name, type, bytes) => {
  expect(fill(name, type)).toBe(bytes);
});

test("an option that is not set is zero where it is weak", () => {
  expect(fill("CONFIG_NONE", "int", true)).toBe("0000000000000000");
});

test.each<[string, TypeName]>([
  ["CONFIG_NONE", "int"],
  ["LINUX_SOMETHING", "int"],
  ["CONFIG_MODULE", "bool"],
  ["CONFIG_YES", "int"],
  ["CONFIG_HZ", "s8"],
  ["CONFIG_HZ", "bool"],
  ["CONFIG_NEGATIVE", "u64"],
  ["CONFIG_TEXT", "u64"],
  ["CONFIG_HZ", "text"],
])("%s as %s is refused", (name, type) => {
  expect(() => fill(name, type)).toThrow(expect.objectContaining({ code: "unresolved-extern", place: { type: name } }));
});
