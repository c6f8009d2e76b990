import { type Btf, BtfBuilder, type BtfType, readBtf } from "@lbc/core/btf";
import type { ElfSymbol } from "@lbc/core/elf";
import type { BpfObject, Extern } from "@lbc/core/object";
import { describe, expect, test } from "vitest";
import type { BtfFeatures } from "../kernel/features.ts";
import { linuxSys } from "../sys/linux.ts";
import { prepareBtf } from "./prepare-btf.ts";

const everything: BtfFeatures = { functionLinkage: true, dataSections: true, floats: true, declTags: true, typeTags: true, enum64: true };

/** One of each kind that some kernel lacks; ids by name. */
function sample(): { readonly btf: Btf; readonly ids: Readonly<Record<string, number>> } {
  const b = new BtfBuilder();
  const int = b.add({ kind: "int", name: "int", size: 4, signed: true, char: false, bool: false, bits: 32, bitOffset: 0 });
  const prototype = b.add({ kind: "function-prototype", name: "", result: int, parameters: [{ name: "", type: int }] });
  const ids = {
    int,
    prototype,
    visible: b.add({ kind: "function", name: "visible", type: prototype, linkage: "global" }),
    secret: b.add({ kind: "function", name: "secret", type: prototype, linkage: "global" }),
    kfunc: b.add({ kind: "function", name: "bpf_kfunc", type: prototype, linkage: "extern" }),
    variable: b.add({ kind: "variable", name: "counter", type: int, linkage: "global" }),
    version: b.add({ kind: "variable", name: "LINUX_KERNEL_VERSION", type: int, linkage: "extern" }),
    ksym: b.add({ kind: "variable", name: "runqueues", type: int, linkage: "extern" }),
    float: b.add({ kind: "float", name: "double", size: 8 }),
    declTag: b.add({ kind: "decl-tag", name: "a tag", type: int, component: -1, attribute: false }),
    typeTag: b.add({ kind: "type-tag", name: "rcu", type: int, attribute: false }),
    wide: b.add({ kind: "enum", name: "wide", wide: true, size: 8, signed: true, values: [{ name: "W", value: -1n }] }),
    signed: b.add({ kind: "enum", name: "signed", wide: false, size: 4, signed: true, values: [{ name: "S", value: -1n }] }),
  };
  const section = (name: string, ...variables: number[]): number =>
    b.add({ kind: "data-section", name, size: 4, variables: variables.map((type) => ({ type, offset: 0, size: 4 })) });
  const bss = section(".bss", ids.variable);
  const marked = section("?tc", ids.variable);
  const kconfig = section(".kconfig", ids.version);
  const ksyms = section(".ksyms", ids.ksym, ids.kfunc);
  return { btf: readBtf(b.build()), ids: { ...ids, bss, marked, kconfig, ksyms } };
}

const hidden: ElfSymbol = {
  index: 1,
  name: "secret",
  value: 0,
  size: 8,
  type: "func",
  binding: "global",
  visibility: "hidden",
  sectionIndex: 1,
};
const version: Extern = { name: "LINUX_KERNEL_VERSION", kind: "kconfig", type: 1, weak: false, offset: 8 };

/** Only what the function looks at. */
function objectWith(btf: Btf): BpfObject {
  const line = { section: ".text", offset: 0, file: "a.c", source: "return 0;", fileAt: 0, sourceAt: 0, line: 3, column: 5 };
  return {
    elf: { bytes: new Uint8Array(), endianness: "little", sections: [], symbols: [hidden] },
    btf,
    btfExt: { functions: [], lines: [line], relocations: [] },
    license: null,
    kernelVersion: null,
    programs: [],
    subprograms: [],
    maps: [],
    legacyMaps: [],
    data: [{ name: ".kconfig", kind: "kconfig", sectionIndex: -1, size: 12, align: 4, variables: [] }],
    externs: [version],
    unresolved: [],
    structOps: [],
  };
}

function prepared(features: BtfFeatures | null): { readonly btf: Btf; readonly at: (name: string) => BtfType } {
  const { btf, ids } = sample();
  const loaded = readBtf(prepareBtf(objectWith(btf), btf, features).bytes);
  return { btf: loaded, at: (name) => loaded.type(ids[name] ?? 0) };
}

describe("for every kernel", () => {
  const { btf, at } = prepared(null);

  test("a global function that other objects cannot see is verified with its callers", () => {
    expect(at("secret")).toMatchObject({ kind: "function", linkage: "static" });
    expect(at("visible")).toMatchObject({ kind: "function", linkage: "global" });
  });

  test("kconfig externs become variables at their place", () => {
    expect(at("version")).toMatchObject({ kind: "variable", linkage: "global" });
    expect(at("kconfig")).toMatchObject({ size: 12, variables: [{ offset: 8, size: 4 }] });
  });

  test("kernel symbols become integers, kernel functions get a variable and names for their parameters", () => {
    const int = btf.find("int", "int")[0];
    const dummy = btf.find("dummy_ksym", "variable")[0];
    expect(at("ksym")).toMatchObject({ kind: "variable", type: int, linkage: "global" });
    expect(at("kfunc")).toMatchObject({ kind: "function", linkage: "global" });
    expect(at("prototype")).toMatchObject({ parameters: [{ name: "dummy_ksym" }] });
    expect(at("ksyms")).toMatchObject({ size: 8, variables: [{ offset: 0 }, { offset: 4, type: dummy }] });
  });

  test("names of sections have only characters that the kernel takes", () => {
    expect(at("marked").name).toBe("_tc");
    expect(at("bss").name).toBe(".bss");
  });

  test("everything else stays", () => {
    for (const name of ["int", "float", "declTag", "typeTag", "wide", "signed", "variable"]) {
      const { btf: before, ids } = sample();
      expect(at(name)).toEqual(before.type(ids[name] ?? 0));
    }
  });

  test("lines find their strings in what is loaded", () => {
    const { btf: before } = sample();
    const { bytes, lines } = prepareBtf(objectWith(before), before, null);
    const loaded = readBtf(bytes);
    expect(lines.map(({ fileAt, sourceAt }) => [loaded.string(fileAt), loaded.string(sourceAt)])).toEqual([["a.c", "return 0;"]]);
  });
});

test("an object without symbols of the kernel keeps its strings, and so the places of its lines", () => {
  const b = new BtfBuilder();
  const int = b.add({ kind: "int", name: "int", size: 4, signed: true, char: false, bool: false, bits: 32, bitOffset: 0 });
  const prototype = b.add({ kind: "function-prototype", name: "", result: int, parameters: [] });
  const secret = b.add({ kind: "function", name: "secret", type: prototype, linkage: "global" });
  const fileAt = b.string("a.c");
  const btf = readBtf(b.build(linuxSys().endianness));
  const object = objectWith(btf);
  const lines = object.btfExt?.lines.map((line) => ({ ...line, fileAt })) ?? [];
  const ready = prepareBtf({ ...object, btfExt: { functions: [], lines, relocations: [] } }, btf, null);
  const loaded = readBtf(ready.bytes);
  expect(loaded.type(secret)).toMatchObject({ name: "secret", linkage: "static" });
  expect(loaded.stringBytes).toBe(btf.stringBytes);
  expect(ready.lines).toEqual(lines);
  expect(loaded.string(ready.lines[0]?.fileAt ?? 0)).toBe("a.c");
});

describe("a kernel without", () => {
  const without = (feature: keyof BtfFeatures) => prepared({ ...everything, [feature]: false });

  test("function linkage takes every function as static", () => {
    expect(without("functionLinkage").at("visible")).toMatchObject({ kind: "function", linkage: "static" });
  });

  test("data sections takes them as structs and variables as bytes", () => {
    const { at } = without("dataSections");
    expect(at("bss")).toMatchObject({ kind: "struct", name: "_bss", size: 4, members: [{ name: "counter", bitOffset: 0 }] });
    expect(at("variable")).toMatchObject({ kind: "int", name: "counter", size: 1 });
  });

  test("floats takes an empty struct of their size", () => {
    expect(without("floats").at("float")).toMatchObject({ kind: "struct", name: "double", size: 8, members: [] });
  });

  test("declaration tags takes integers with the characters that names have", () => {
    expect(without("declTags").at("declTag")).toMatchObject({ kind: "int", name: "a_tag" });
  });

  test("type tags takes const", () => {
    const { at, btf } = without("typeTags");
    expect(at("typeTag")).toMatchObject({ kind: "const", type: btf.find("int", "int")[0] });
  });

  test("64-bit enums takes unions of the same size, and no enum is signed", () => {
    const { at, btf } = without("enum64");
    const [placeholder] = btf.find("enum64_placeholder", "int");
    expect(at("wide")).toMatchObject({ kind: "union", size: 8, members: [{ name: "W", type: placeholder }] });
    expect(at("signed")).toMatchObject({ kind: "enum", signed: false });
  });
});
