import { describe, expect, test } from "vitest";
import { code } from "../elf/build-elf.test.support.ts";
import { programs, readBuilt, Types, twoInstructions } from "./build-object.test.support.ts";

describe("functions of an object", () => {
  test("are programs where their section says so, in the order of the file", () => {
    const first = programs("?fentry.s/do_unlinkat", ["on_unlink"]);
    const second = programs("xdp.frags", ["pass", "drop"]);
    const types = new Types();
    const btfId = types.function("pass");
    const object = readBuilt(types, {
      sections: [...first.sections, ...second.sections],
      symbols: [...second.symbols.toReversed(), ...first.symbols],
    });
    expect(object.programs).toEqual([
      {
        name: "on_unlink",
        section: "?fentry.s/do_unlinkat",
        sectionIndex: 1,
        offset: 0,
        size: 16,
        type: "tracing",
        attachType: "trace_fentry",
        attach: { kind: "trampoline", when: "entry", function: "do_unlinkat" },
        autoload: false,
        sleepable: true,
        frags: false,
        btfId: null,
      },
      expect.objectContaining({ name: "pass", offset: 0, type: "xdp", autoload: true, sleepable: false, frags: true, btfId }),
      expect.objectContaining({ name: "drop", offset: 16, sectionIndex: 2 }),
    ]);
    expect(object.subprograms).toEqual([]);
  });

  test("of .text, and static ones, are called by programs", () => {
    const object = readBuilt(null, {
      sections: [
        code(".text", new Uint8Array([...twoInstructions, ...twoInstructions, ...twoInstructions])),
        ...programs("xdp", []).sections,
        code("tc", twoInstructions),
      ],
      symbols: [
        { name: "helper", section: ".text", size: 16, type: "func", binding: "local" },
        { name: "verified", section: ".text", value: 16, size: 16, type: "func", binding: "weak" },
        { name: "concealed", section: ".text", value: 32, size: 16, type: "func", visibility: "hidden" },
        { name: "local", section: "tc", size: 16, type: "func", binding: "local" },
      ],
    });
    expect(object.programs).toEqual([]);
    expect(object.subprograms.map(({ name, linkage, offset }) => [name, linkage, offset])).toEqual([
      ["helper", "static", 0],
      ["verified", "weak", 16],
      ["concealed", "static", 32],
      ["local", "static", 0],
    ]);
  });

  test.each([
    ["no instruction", { value: 0, size: 0 }],
    ["half an instruction", { value: 0, size: 12 }],
    ["a start in the middle of one", { value: 4, size: 8 }],
    ["an end past its section", { value: 8, size: 16 }],
  ])("with %s are refused", (_what, extent) => {
    const elf = { sections: [code("xdp", twoInstructions)], symbols: [{ name: "pass", section: "xdp", type: "func" as const, ...extent }] };
    expect(() => readBuilt(null, elf)).toThrow(expect.objectContaining({ code: "bad-program" }));
  });
});

describe("the object's licence and version", () => {
  const withSection = (name: string, data: readonly number[]) =>
    readBuilt(null, { sections: [{ name, data: new Uint8Array(data), flags: 3 }] });

  test.each([
    [[0x47, 0x50, 0x4c, 0], "GPL"],
    [[0x47, 0x50, 0x4c], "GPL"],
    [[0x47, 0, 0x4c], "G"],
    [[], ""],
  ])("%j is the licence %s", (bytes, license) => expect(withSection("license", bytes).license).toBe(license));

  test("are null where there is none", () => {
    const object = readBuilt(null, {});
    expect([object.license, object.kernelVersion, object.btf, object.btfExt]).toEqual([null, null, null, null]);
  });

  test("a version has four bytes", () => {
    expect(withSection("version", [1, 2, 6, 0]).kernelVersion).toBe((6 << 16) + (2 << 8) + 1);
    expect(() => withSection("version", [1])).toThrow(expect.objectContaining({ code: "bad-version" }));
  });
});

test("legacy maps are listed by section and offset", () => {
  const object = readBuilt(null, {
    sections: [{ name: "maps", data: new Uint8Array(64), flags: 3 }],
    symbols: [
      { name: "late", section: "maps", value: 32, type: "object" },
      { name: "early", section: "maps", type: "object" },
    ],
  });
  expect(object.legacyMaps).toEqual([
    { name: "early", section: "maps", offset: 0 },
    { name: "late", section: "maps", offset: 32 },
  ]);
});
