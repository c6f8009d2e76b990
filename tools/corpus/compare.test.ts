import type { Layout, MapLayout, StructDecl, TypeRef } from "@lbc/core/layout";
import { expect, test } from "vitest";
import { PeerBtf, type PeerType } from "./bpftool.ts";
import { compareWithPeer, unreachable } from "./compare.ts";

/** `struct pair { u32 a; u32 b; }` as the value of a hash map `pairs` with an int key, and a global `total`. */
const peerTypes: readonly PeerType[] = [
  { id: 1, kind: "INT", name: "unsigned int", size: 4, encoding: "(none)" },
  {
    id: 2,
    kind: "STRUCT",
    name: "pair",
    size: 8,
    members: [
      { name: "a", type_id: 1, bits_offset: 0 },
      { name: "b", type_id: 1, bits_offset: 32 },
    ],
  },
  { id: 3, kind: "PTR", name: "(anon)", type_id: 1 },
  { id: 4, kind: "PTR", name: "(anon)", type_id: 2 },
  {
    id: 5,
    kind: "STRUCT",
    name: "(anon)",
    size: 16,
    members: [
      { name: "key", type_id: 3, bits_offset: 0 },
      { name: "value", type_id: 4, bits_offset: 64 },
    ],
  },
  { id: 6, kind: "VAR", name: "pairs", type_id: 5 },
  { id: 7, kind: "DATASEC", name: ".maps", vars: [{ type_id: 6, offset: 0, size: 16 }] },
  { id: 8, kind: "VAR", name: "total", type_id: 1 },
  { id: 9, kind: "DATASEC", name: ".bss", vars: [{ type_id: 8, offset: 0, size: 4 }] },
];
const u32: TypeRef = { kind: "int", bytes: 4, signed: false, role: "number" };

function layout(bOffset: number, total: TypeRef): Layout {
  const field = (name: string, offset: number) => ({
    kind: "field" as const,
    name,
    offset,
    type: u32,
    size: 4,
    aligned: true,
    flexible: false,
    special: null,
    doc: null,
  });
  const pair = {
    kind: "struct",
    id: 0,
    name: "pair",
    path: "pair",
    size: 8,
    align: 4,
    members: [field("a", 0), field("b", bOffset)],
  } as unknown as StructDecl;
  const pairs = { name: "pairs", key: u32, value: { kind: "named", id: 0 } } as unknown as MapLayout;
  const variable = {
    kind: "variable" as const,
    name: "total",
    path: "total",
    offset: 0,
    size: 4,
    type: total,
    linkage: "global" as const,
    doc: null,
  };
  return { types: [pair], maps: [pairs], programs: [], sections: [{ name: ".bss", members: [variable] }] } as unknown as Layout;
}

test("a layout that says what bpftool says has no differences", () => {
  expect(compareWithPeer(layout(4, u32), new PeerBtf(peerTypes))).toEqual([]);
});

test("a member at another offset is a difference", () => {
  expect(compareWithPeer(layout(6, u32), new PeerBtf(peerTypes))).toEqual(["map pairs value.b is not at bit 32"]);
});

test("a global of another sign is a difference", () => {
  expect(compareWithPeer(layout(4, { ...u32, signed: true }), new PeerBtf(peerTypes))).toEqual([
    ".bss total is not the int unsigned int of 4 bytes",
  ]);
});

test("what BTF has as void is bytes, alone and in arrays", () => {
  const bytes: TypeRef = { kind: "array", element: { ...u32, bytes: 1 }, length: 4, text: false };
  for (const type of [0, 10]) {
    const total: PeerType = { id: 8, kind: "VAR", name: "total", type_id: type };
    const array: PeerType = { id: 10, kind: "ARRAY", name: "(anon)", type_id: 0, nr_elems: 2 };
    const peer = new PeerBtf([...peerTypes.slice(0, 7), total, ...peerTypes.slice(8), array]);
    expect(compareWithPeer(layout(4, bytes), peer)).toEqual([]);
    expect(compareWithPeer(layout(4, u32), peer)).toHaveLength(1);
  }
});

test("of several anonymous members at one place, each fits one", () => {
  const anonymous = (id: number, size: number): PeerType => ({ id, kind: "UNION", name: "(anon)", size, members: [] });
  const outer = [anonymous(10, 2), anonymous(11, 4)].map(({ id }) => ({ name: "(anon)", type_id: id, bits_offset: 0 }));
  const types = [...peerTypes.slice(0, 7), { id: 8, kind: "VAR", name: "total", type_id: 12 }, ...peerTypes.slice(8)];
  const peer = new PeerBtf([
    ...types,
    anonymous(10, 2),
    anonymous(11, 4),
    { id: 12, kind: "UNION", name: "outer", size: 4, members: outer },
  ]);
  const field = (id: number) => ({ kind: "field", name: null, offset: 0, type: { kind: "named", id } });
  const union = (id: number, size: number, members: readonly object[]) => ({ kind: "union", id, name: null, path: `${id}`, size, members });
  const of = (...inner: number[]): Layout => {
    const base = layout(4, { kind: "named", id: 3 });
    return { ...base, types: [...base.types, union(1, 4, []), union(2, 2, []), union(3, 4, inner.map(field))] } as unknown as Layout;
  };
  expect(compareWithPeer(of(1, 2), peer)).toEqual([]);
  expect(compareWithPeer(of(1, 1), peer)).toEqual([".bss total.(anonymous) is not the union (anon) of 2 bytes"]);
});

test("a map that the layout lacks is a difference", () => {
  expect(compareWithPeer({ ...layout(4, u32), maps: [] }, new PeerBtf(peerTypes))).toEqual(["map pairs is missing"]);
});

test("a kernel name that no identifier of the output spells is not reachable", () => {
  expect(unreachable(layout(4, u32), "typescript", "class Pairs { getA() {} b = 1; }")).toEqual(["total"]);
});

test("the variables of an arena are out of reach in the languages whose loader does not tell where they are", () => {
  const plain = layout(4, u32);
  const arena = { ...plain, sections: plain.sections.map((section) => ({ ...section, kind: "arena" as const })) };
  const output = "class Pairs { getA() {} b = 1; }";
  expect([unreachable(arena, "go", output), unreachable(arena, "rust", output)]).toEqual([[], []]);
  expect(unreachable(arena, "c", output)).toEqual(["total"]);
});

test("names are found in any case and in letters of every script", () => {
  const named = { ...layout(4, u32), maps: [{ name: "straße" }, { name: "ﬁne" }, { name: "変数" }] } as unknown as Layout;
  expect(unreachable(named, "rust", "STRASSE fine get_変数 a b total")).toEqual([]);
  expect(unreachable(named, "rust", "stra_e fine a b total")).toEqual(["straße", "変数"]);
});
