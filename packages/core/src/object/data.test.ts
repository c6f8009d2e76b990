import { describe, expect, test } from "vitest";
import { type NewElf, variables, zeros } from "../elf/build-elf.test.support.ts";
import { sectionFlag } from "../elf/index.ts";
import { readBuilt, Types } from "./build-object.test.support.ts";

const rodata = (name: string, size: number, more = 0) => ({ name, data: new Uint8Array(size), flags: sectionFlag.alloc | more, align: 4 });

describe("global variables", () => {
  const types = new Types();
  const [first, second, hidden, quiet] = [
    types.variable("first", types.u64),
    types.variable("second", types.u32),
    types.variable("hidden", types.u32),
    types.variable("f.zero", types.u32, "static"),
  ] as const;
  const bss = types.dataSection(".bss", [
    [second, 4],
    [first, 8],
    [quiet, 4, 12],
    [hidden, 4],
  ]);
  const elf: NewElf = {
    sections: [zeros(".bss", 24)],
    symbols: [
      { name: "first", section: ".bss", value: 0, size: 8, type: "object" },
      { name: "second", section: ".bss", value: 8, size: 4, type: "object", binding: "weak" },
      { name: "hidden", section: ".bss", value: 16, size: 4, type: "object", visibility: "hidden" },
      { name: "f.zero", section: ".bss", value: 12, size: 4, type: "object", binding: "local" },
    ],
  };
  const object = readBuilt(types, elf);

  test("stand at the offsets of their symbols, which the BTF learns from the ELF", () => {
    expect(object.btf?.type(bss)).toEqual({
      kind: "data-section",
      id: bss,
      name: ".bss",
      size: 24,
      variables: [
        { type: first, offset: 0, size: 8 },
        { type: second, offset: 8, size: 4 },
        { type: quiet, offset: 12, size: 4 },
        { type: hidden, offset: 16, size: 4 },
      ],
    });
    expect(object.data).toEqual([
      {
        name: ".bss",
        kind: "bss",
        sectionIndex: 1,
        size: 24,
        align: 8,
        variables: [
          { name: "first", offset: 0, size: 8, type: types.u64, btfId: first, linkage: "global" },
          { name: "second", offset: 8, size: 4, type: types.u32, btfId: second, linkage: "weak" },
          { name: "f.zero", offset: 12, size: 4, type: types.u32, btfId: quiet, linkage: "static" },
          { name: "hidden", offset: 16, size: 4, type: types.u32, btfId: hidden, linkage: "hidden" },
        ],
      },
    ]);
  });

  test("that are hidden are static to the kernel", () => {
    expect(object.btf?.type(hidden)).toMatchObject({ kind: "variable", linkage: "static" });
    expect(object.btf?.type(second)).toMatchObject({ kind: "variable", linkage: "global" });
  });

  test("without BTF come from the symbols, without types", () => {
    expect(readBuilt(null, elf).data[0]?.variables.map(({ name, offset, type, linkage }) => [name, offset, type, linkage])).toEqual([
      ["first", 0, null, "global"],
      ["second", 8, null, "weak"],
      ["f.zero", 12, null, "static"],
      ["hidden", 16, null, "hidden"],
    ]);
  });
});

test("each section has its kind by name and flags", () => {
  const types = new Types();
  for (const name of ["mine", "license"]) types.dataSection(name, [[types.variable(`in_${name}`, types.int, "static"), 4]]);
  const object = readBuilt(types, {
    sections: [
      rodata(".rodata", 4),
      rodata(".rodata.config", 4),
      rodata(".rodata.str1.1", 4, sectionFlag.merge | sectionFlag.strings),
      variables(".data", new Uint8Array(8)),
      variables(".data.config", new Uint8Array(8)),
      zeros(".bss.private", 8),
      variables(".addr_space.1", new Uint8Array(8)),
      variables("mine", new Uint8Array(8)),
      variables("license", new Uint8Array(4)),
      variables(".empty", new Uint8Array(0)),
      variables(".eh_frame", new Uint8Array(8)),
      { name: ".debug_info", data: new Uint8Array(8) },
      variables(".datax", new Uint8Array(8)),
      zeros(".bss", 0),
    ],
  });
  expect(object.data.map(({ name, kind }) => [name, kind])).toEqual([
    [".rodata", "rodata"],
    [".rodata.config", "rodata"],
    [".rodata.str1.1", "strings"],
    [".data", "data"],
    [".data.config", "data"],
    [".bss.private", "bss"],
    [".addr_space.1", "arena"],
    ["mine", "custom"],
  ]);
});

describe("data that the symbols contradict is refused", () => {
  const elf = (symbol: object): NewElf => ({
    sections: [zeros(".bss", 8), zeros(".bss.other", 8)],
    symbols: [{ name: "x", type: "object", ...symbol }],
  });
  const types = (): Types => {
    const made = new Types();
    made.dataSection(".bss", [[made.variable("x", made.u64), 8]]);
    return made;
  };
  test.each([
    ["no symbol", { name: "y", section: ".bss" }],
    ["a symbol of another section", { section: ".bss.other" }],
    ["an end past the section", { section: ".bss", value: 4 }],
  ])("%s", (_what, symbol) => {
    expect(() => readBuilt(types(), elf(symbol))).toThrow(expect.objectContaining({ code: "bad-data-section" }));
  });

  test("an entry that is no variable", () => {
    const made = new Types();
    made.dataSection(".bss", [[made.u64, 8]]);
    expect(() => readBuilt(made, elf({ section: ".bss" }))).toThrow(expect.objectContaining({ code: "bad-data-section" }));
  });
});

test("a linked object keeps the offsets that it has", () => {
  const types = new Types();
  const variable = types.variable("x", types.u32);
  types.add({ kind: "data-section", name: ".bss", size: 16, variables: [{ type: variable, offset: 12, size: 4 }] });
  const object = readBuilt(types, {
    sections: [zeros(".bss", 16)],
    symbols: [{ name: "x", section: ".bss", value: 12, size: 4, type: "object" }],
  });
  expect(object.data[0]?.variables).toMatchObject([{ name: "x", offset: 12 }]);
});
