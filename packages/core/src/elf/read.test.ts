import { describe, expect, test } from "vitest";
import { ByteWriter, encodeUtf8 } from "../bytes/index.ts";
import { buildElf, code, type NewElf, zeros } from "./build-elf.test.support.ts";
import { ElfError, findSection, readElf, sectionType } from "./index.ts";

const program: NewElf = {
  sections: [code("xdp", new Uint8Array(16)), { name: "license", data: new Uint8Array([0x47, 0]), flags: 3 }, zeros(".bss", 1 << 20)],
  symbols: [
    { name: "pass", section: "xdp", size: 16, type: "func" },
    { name: "count", section: ".bss", value: 8, size: 4, type: "object", binding: "weak", visibility: "hidden" },
    { name: "elsewhere", binding: "global" },
  ],
  relocations: [
    { section: "xdp", offset: 8, symbol: "elsewhere", type: 10 },
    { section: "xdp", offset: 0, symbol: "count" },
  ],
};

describe.each(["little", "big"] as const)("a %s-endian object", (endianness) => {
  const elf = readElf(buildElf({ ...program, endianness }));

  test("has its sections by index and name", () => {
    expect(elf.endianness).toBe(endianness);
    expect(elf.sections.map(({ name }) => name)).toEqual(["", "xdp", "license", ".bss", ".relxdp", ".symtab", ".strtab"]);
    expect(findSection(elf, "license")).toMatchObject({ index: 2, size: 2, flags: 3, align: 1, type: sectionType.progBits });
    expect([...(findSection(elf, "license")?.data ?? [])]).toEqual([0x47, 0]);
  });

  test("has a section without data in the file, however large", () => {
    expect(findSection(elf, ".bss")).toMatchObject({ size: 1 << 20, type: sectionType.noBits });
    expect(findSection(elf, ".bss")?.data).toHaveLength(0);
  });

  test("has its symbols with section, binding and visibility", () => {
    expect(elf.symbols).toHaveLength(4);
    expect(elf.symbols[1]).toEqual({
      index: 1,
      name: "pass",
      value: 0,
      size: 16,
      type: "func",
      binding: "global",
      visibility: "default",
      sectionIndex: 1,
    });
    expect(elf.symbols[2]).toMatchObject({ name: "count", value: 8, binding: "weak", visibility: "hidden", sectionIndex: 3 });
    expect(elf.symbols[3]).toMatchObject({ name: "elsewhere", type: "notype", sectionIndex: 0 });
  });

  test("has the relocations of a section in ascending order", () => {
    expect(findSection(elf, "xdp")?.relocations).toEqual([
      { offset: 0, symbol: 2, type: 1, addend: null },
      { offset: 8, symbol: 3, type: 10, addend: null },
    ]);
  });
});

/** The same object with a number of some bytes written over. */
function damaged(at: number, size: 1 | 2 | 4 | 8, value: number, elf: NewElf = program): Uint8Array {
  const bytes = buildElf(elf);
  const writer = new ByteWriter("little");
  const number = { 1: () => writer.u8(value), 2: () => writer.u16(value), 4: () => writer.u32(value), 8: () => writer.u64(BigInt(value)) };
  number[size]();
  bytes.set(writer.finish(), at);
  return bytes;
}

/** Where the header of a section begins. */
function headerAt(index: number): number {
  const bytes = buildElf(program);
  return new DataView(bytes.buffer).getUint32(40, true) + 64 * index;
}

function failure(bytes: Uint8Array): ElfError {
  try {
    readElf(bytes);
  } catch (error) {
    if (error instanceof ElfError) return error;
    throw error;
  }
  throw new Error("the object was read");
}

describe("what is no BPF object is refused with its reason", () => {
  const [xdp, symtab, strtab, rel] = [1, 5, 6, 4].map(headerAt) as [number, number, number, number];
  test.each([
    ["an empty file", new Uint8Array(), "not-elf"],
    ["a C source", encodeUtf8("#include <linux/bpf.h>"), "not-elf"],
    ["LLVM bitcode", new Uint8Array([0x42, 0x43, 0xc0, 0xde]), "not-elf"],
    ["a cut header", buildElf(program).subarray(0, 40), "truncated"],
    ["a 32-bit object", damaged(4, 1, 1), "wrong-class"],
    ["an unknown byte order", damaged(5, 1, 3), "bad-encoding"],
    ["an object for x86-64", damaged(18, 2, 62), "wrong-machine"],
    ["a shared library", damaged(16, 2, 3), "not-relocatable"],
    ["a file of 65,280 sections", damaged(60, 2, 0), "too-many-sections"],
    ["section headers of another size", damaged(58, 2, 40), "bad-header"],
    ["a section table past the end", damaged(40, 8, 1 << 30), "truncated"],
    ["a section table at 2^60", damaged(40, 8, 2 ** 60), "truncated"],
    ["a section past the end", damaged(xdp + 32, 8, 1 << 30), "truncated"],
    ["a section of 2^63 bytes", damaged(xdp + 32, 8, 2 ** 63), "truncated"],
    ["an offset and a size whose sum is more than 64 bits hold", damaged(xdp + 24, 8, 2 ** 63), "truncated"],
    ["a section name past the table", damaged(xdp, 4, 1 << 20), "bad-string-offset"],
    ["symbol names from a section of code", damaged(symtab + 40, 4, 1), "bad-section-link"],
    ["section names from no section", damaged(62, 2, 99), "bad-section-link"],
    ["a string table that is none", damaged(strtab + 4, 4, 1), "bad-section-link"],
    ["symbols of another size", damaged(symtab + 56, 8, 16), "bad-table"],
    ["relocations of no section", damaged(rel + 44, 4, 99), "bad-section-link"],
    ["relocations against other symbols", damaged(rel + 40, 4, 1), "bad-section-link"],
  ])("%s", (_what, bytes, code) => {
    const error = failure(bytes);
    expect(error.code).toBe(code);
    expect(error.hint).toBeTruthy();
  });

  test("a relocation past the end of its section", () => {
    const relocations = [{ section: "xdp", offset: 16, symbol: "count" }];
    expect(failure(buildElf({ ...program, relocations })).code).toBe("bad-relocation");
  });

  test("bitcode is told apart, so that the hint helps", () => {
    expect(failure(new Uint8Array([0x42, 0x43, 0xc0, 0xde])).hint).toContain("-emit-llvm");
  });

  test("100 MB of zeros are refused at once", () => {
    const start = performance.now();
    expect(failure(new Uint8Array(100_000_000)).code).toBe("not-elf");
    expect(performance.now() - start).toBeLessThan(200);
  });
});

test("tables that share their bytes do not multiply the work", () => {
  const many = Array.from({ length: 400 }, (_, index) => ({ section: `s${index}`, offset: 0, symbol: "count" }));
  const sections = many.map(({ section }) => code(section, new Uint8Array(8)));
  const bytes = buildElf({ sections, symbols: [{ name: "count" }], relocations: many });
  const table = new DataView(bytes.buffer).getUint32(40, true);
  const view = new DataView(bytes.buffer);
  for (let index = 401; index <= 800; index++) {
    view.setBigUint64(table + index * 64 + 24, 0n, true);
    view.setBigUint64(table + index * 64 + 32, BigInt(bytes.length - (bytes.length % 16)), true);
  }
  expect(failure(bytes).code).toBe("bad-table");
});
