import type { StructOpsLayout } from "@lbc/core/layout";
import { expect, test } from "vitest";
import { layoutOf, map, section, u32, u64, variable } from "./layout.test-support.ts";
import { ownSections, sectionAttribute, sectionClass } from "./sections.ts";

const names = { layout: { types: [] }, order: "le", classes: new Map<number, string>() };

test("a section without variables is not offered", () => {
  const strings = section(".rodata.str1.1", "strings", "never", [{ kind: "padding", offset: 0, size: 4 }]);
  const bss = section(".bss", "bss", "always", [variable("total", 0, u64, 8)]);
  expect(ownSections(layoutOf("object", { sections: [strings, bss] }))).toEqual([bss]);
});

test("statics of one name are told apart", () => {
  const bss = section(".bss", "bss", "always", [variable("f.zero", 0, u32, 4), variable("f.zero~2", 8, u32, 4)]);
  const view = sectionClass(names, "Bss", bss);
  expect(view.header).toBe("class Bss(le.Section, size=12, padding=((4, 8),)):");
  expect(view.fields.map((field) => field.line)).toEqual(["f_zero = le.u32.at(0)", "f_zero_2 = le.u32.at(8)"]);
});

test("variables of an arena are in the memory of the arena map", () => {
  const arena = section(".addr_space.1", "arena", "always", [variable("x", 0, u32, 4)]);
  const layout = layoutOf("object", { sections: [arena], maps: [map("pages", { type: "arena", access: "memory" })] });
  expect(sectionAttribute(layout, "addr_space_1", "AddrSpace1", arena)).toBe(
    'self.addr_space_1 = bpf.section(AddrSpace1, "pages", "always")',
  );
});

test("plain members of a struct_ops are set as constants are, and the functions between them are gaps", () => {
  const ops: StructOpsLayout = {
    name: "bubble",
    typeName: "tcp_congestion_ops",
    section: ".struct_ops.link",
    link: true,
    size: 24,
    functions: [{ member: "init", program: "on_init" }],
    fields: [
      { member: "flags", offset: 8, size: 4, type: u32 },
      { member: "key", offset: 12, size: 4, type: u32 },
    ],
    doc: null,
  };
  const [bubble] = ownSections(layoutOf("object", { structOps: [ops] }));
  if (bubble === undefined) throw new Error("no section");
  expect(sectionClass(names, "Bubble", bubble).header).toBe("class Bubble(le.Section, size=24, padding=((0, 8), (16, 24))):");
  expect(sectionAttribute(layoutOf("object", {}), "bubble", "Bubble", bubble)).toBe(
    'self.bubble = bpf.section(Bubble, "bubble", "before-load")',
  );
});
