import { describe, expect, test } from "vitest";
import { type NewRelocation, variables } from "../elf/build-elf.test.support.ts";
import { programs, readBuilt, Types } from "./build-object.test.support.ts";

function congestionOps(section: string, relocations: readonly Omit<NewRelocation, "section">[], size = 32) {
  const types = new Types();
  const callback = types.pointer(types.prototype());
  const struct = types.struct("tcp_congestion_ops", {
    init: callback,
    flags: types.u64,
    release: callback,
    name: types.array(types.char, 8),
  });
  types.dataSection(section, [[types.variable("lbc_cong", struct), 32]]);
  const { sections, symbols } = programs("struct_ops/init", ["lbc_init"]);
  const object = readBuilt(types, {
    sections: [...sections, variables(section, new Uint8Array(size))],
    symbols: [...symbols, { name: "lbc_cong", section, size: 32, type: "object" }],
    relocations: relocations.map((relocation) => ({ section, ...relocation })),
  });
  return { struct, object };
}

describe.each([
  [".struct_ops", false],
  [".struct_ops.link", true],
  ["?.struct_ops.link", true],
])("a struct of operations in %s", (section, link) => {
  test("names the program of each function member", () => {
    const { struct, object } = congestionOps(section, [{ offset: 16, symbol: "lbc_init" }]);
    expect(object.structOps).toEqual([
      {
        name: "lbc_cong",
        section,
        sectionIndex: 2,
        offset: 0,
        type: struct,
        typeName: "tcp_congestion_ops",
        link,
        functions: [
          { member: "init", program: null },
          { member: "release", program: "lbc_init" },
        ],
      },
    ]);
    expect(object.data).toEqual([]);
  });
});

test("a function member that is filled with something else is refused", () => {
  expect(() => congestionOps(".struct_ops", [{ offset: 0, symbol: "lbc_cong" }])).toThrow(
    expect.objectContaining({ code: "bad-struct-ops" }),
  );
});

test("a struct that ends past its section is refused", () => {
  expect(() => congestionOps(".struct_ops", [], 16)).toThrow(
    expect.objectContaining({ place: expect.objectContaining({ section: ".struct_ops" }) }),
  );
});
