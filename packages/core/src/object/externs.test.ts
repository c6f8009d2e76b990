import { describe, expect, test } from "vitest";
import { readBuilt, Types } from "./build-object.test.support.ts";

/** An object with these externs; each is an undefined symbol, weak where its name says so. */
function withExterns(types: Types, section: string, externs: Readonly<Record<string, number>>) {
  types.dataSection(
    section,
    Object.values(externs).map((id) => [id, 0]),
  );
  const symbols = Object.keys(externs).map((name) => ({ name, binding: name.includes("WEAK") ? ("weak" as const) : ("global" as const) }));
  return readBuilt(types, { symbols });
}

describe("kconfig values", () => {
  const types = new Types();
  const extern = (name: string, type: number): [string, number] => [name, types.variable(name, type, "extern")];
  const tristate = types.add({
    kind: "enum",
    name: "libbpf_tristate",
    wide: false,
    size: 4,
    signed: false,
    values: [{ name: "TRI_NO", value: 0n }],
  });
  const object = withExterns(
    types,
    ".kconfig",
    Object.fromEntries([
      extern("CONFIG_B_WEAK", types.bool),
      extern("CONFIG_HOST", types.array(types.char, 5)),
      extern("CONFIG_HZ", types.add({ kind: "const", name: "", type: types.u32 })),
      extern("CONFIG_A", types.bool),
      extern("CONFIG_TRI", tristate),
      extern("LINUX_KERNEL_VERSION", types.u64),
    ]),
  );

  test("are laid out by alignment, size and name", () => {
    expect(object.externs.map(({ name, offset, weak, kind }) => [name, offset, weak, kind])).toEqual([
      ["LINUX_KERNEL_VERSION", 0, false, "kconfig"],
      ["CONFIG_HZ", 8, false, "kconfig"],
      ["CONFIG_TRI", 12, false, "kconfig"],
      ["CONFIG_A", 16, false, "kconfig"],
      ["CONFIG_B_WEAK", 17, true, "kconfig"],
      ["CONFIG_HOST", 18, false, "kconfig"],
    ]);
  });

  test("are a data section without an ELF section", () => {
    expect(object.data).toHaveLength(1);
    expect(object.data[0]).toMatchObject({ name: ".kconfig", kind: "kconfig", sectionIndex: -1, size: 23, align: 8 });
    expect(object.data[0]?.variables.map(({ name, offset, size, linkage }) => [name, offset, size, linkage])).toContainEqual([
      "CONFIG_HOST",
      18,
      5,
      "global",
    ]);
    expect(object.data[0]?.variables.find(({ name }) => name === "CONFIG_B_WEAK")?.linkage).toBe("weak");
  });

  test("that no instruction uses have no place", () => {
    const unused = new Types();
    unused.dataSection(".kconfig", [[unused.variable("CONFIG_X", unused.u32, "extern"), 0]]);
    const read = readBuilt(unused, {});
    expect([read.externs, read.data]).toEqual([[], []]);
  });

  test.each([
    ["a pointer", (made: Types) => made.pointer(made.int)],
    ["an integer of 16 bytes", (made: Types) => made.integer("__int128", 16, true)],
    ["an integer of 3 bytes", (made: Types) => made.integer("odd", 3, true)],
    ["an array of integers", (made: Types) => made.array(made.u32, 4)],
    ["an array of nothing", (made: Types) => made.array(made.char, 0)],
    ["another enum", (made: Types) => made.add({ kind: "enum", name: "e", wide: false, size: 4, signed: false, values: [] })],
    ["a struct", (made: Types) => made.struct("s", { a: made.u64 })],
  ])("cannot be %s", (_what, type) => {
    const made = new Types();
    expect(() => withExterns(made, ".kconfig", { CONFIG_X: made.variable("CONFIG_X", type(made), "extern") })).toThrow(
      expect.objectContaining({ code: "bad-kconfig" }),
    );
  });
});

describe("kernel symbols", () => {
  const types = new Types();
  const typed = types.variable("bpf_prog_active", types.int, "extern");
  const untyped = types.variable("bpf_link_fops", types.add({ kind: "const", name: "", type: 0 }), "extern");
  const kfunc = types.function("bpf_kfunc_WEAK", "extern");
  const object = withExterns(types, ".ksyms", { bpf_prog_active: typed, bpf_link_fops: untyped, bpf_kfunc_WEAK: kfunc });

  test("are variables with or without a type, and functions, by name", () => {
    expect(object.externs).toEqual([
      { name: "bpf_kfunc_WEAK", kind: "kfunc", type: expect.any(Number), weak: true, offset: null },
      { name: "bpf_link_fops", kind: "ksym", type: null, weak: false, offset: null },
      { name: "bpf_prog_active", kind: "ksym", type: types.int, weak: false, offset: null },
    ]);
    expect(object.btf?.kind(object.externs[0]?.type ?? 0)).toBe("function-prototype");
    expect(object.data).toEqual([]);
  });
});

test("what another object defines is unresolved", () => {
  const types = new Types();
  types.function("elsewhere", "extern");
  expect(readBuilt(types, { symbols: [{ name: "unknown" }, { name: "elsewhere" }] }).unresolved).toEqual(["elsewhere", "unknown"]);
});
