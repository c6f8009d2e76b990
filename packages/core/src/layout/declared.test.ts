import { expect, test } from "vitest";
import { capacityUnit, declaredTypes, describeMap, holdsAddresses, sectionStruct } from "./declared.ts";
import type { DataSection, Field, Layout, Member, StructDecl, TypeDecl, TypeRef } from "./types.ts";

const u32: TypeRef = { kind: "int", bytes: 4, signed: false, role: "number" };
const named = (id: number): TypeRef => ({ kind: "named", id });
const field = (name: string | null, type: TypeRef): Field => ({
  kind: "field",
  name,
  offset: 0,
  type,
  size: 4,
  aligned: true,
  flexible: false,
  special: null,
  doc: null,
});
const shape = { packed: false, explicitAlign: false, containsAligned: false, endsZeroSized: false, misaligned: false, bitFields: false };
const struct = (id: number, name: string | null, ...members: Member[]): StructDecl => ({
  kind: "struct",
  id,
  name,
  path: name ?? `anonymous${id}`,
  doc: null,
  size: 4,
  align: 4,
  shape,
  members,
});

/** A layout in which a variable has the type of each id in `used`. */
function layoutOf(types: readonly TypeDecl[], ...used: number[]): Layout {
  const members = used.map((id) => ({
    kind: "variable" as const,
    name: `v${id}`,
    path: `v${id}`,
    offset: 0,
    type: named(id),
    size: 4,
    linkage: "global" as const,
    doc: null,
  }));
  const parts: Pick<Layout, "types" | "maps" | "sections" | "structOps" | "externs"> = {
    types,
    maps: [],
    sections: [section(members, 4)],
    structOps: [],
    externs: [],
  };
  return parts as Layout;
}

const section = (members: DataSection["members"], size: number): DataSection => ({
  name: ".bss",
  ident: "bss",
  kind: "bss",
  size,
  align: 4,
  write: "always",
  memoryMapped: true,
  members,
});

test("typedefs are seen through, and what lends its members only needs no declaration", () => {
  const lent = struct(0, null, field("a", u32));
  const typedef: TypeDecl = { kind: "typedef", id: 2, name: "alias", path: "alias", type: named(1), doc: null };
  const types = [lent, struct(1, "outer", field(null, named(0))), typedef];
  expect(declaredTypes(layoutOf(types, 2)).map(({ path }) => path)).toEqual(["outer"]);
});

test("an anonymous type that has a name of its own elsewhere is declared", () => {
  const types = [struct(0, null, field("a", u32)), struct(1, "outer", field(null, named(0)))];
  expect(declaredTypes(layoutOf(types, 0, 1)).map(({ path }) => path)).toEqual(["anonymous0", "outer"]);
  const inArray: TypeRef = { kind: "array", element: named(0), length: 2, text: false };
  expect(declaredTypes(layoutOf([...types, struct(2, "holder", field("items", inArray))])).map(({ path }) => path)).toEqual([
    "anonymous0",
    "outer",
    "holder",
  ]);
});

test("a section ends behind its last variable, its struct at a multiple of the alignment", () => {
  const variable = layoutOf([], 0).sections[0]?.members[0];
  if (variable === undefined) throw new Error("the layout has a variable");
  const made = sectionStruct(section([variable], 4), 8);
  expect(made).toMatchObject({ size: 8, align: 8 });
  expect(made.members).toMatchObject([
    { kind: "field", name: "v0", offset: 0 },
    { kind: "padding", offset: 4, size: 4 },
  ]);
});

test("stack traces hold addresses, unless BPF_F_STACK_BUILD_ID is among the flags of their map", () => {
  expect([0, 1 << 5, (1 << 5) | 1, 1].map((flags) => holdsAddresses({ flags }))).toEqual([true, false, false, true]);
});

test("capacity is counted in entries, in bytes, or in pages", () => {
  expect((["hash", "ringbuf", "user_ringbuf", "arena"] as const).map((type) => capacityUnit({ type }))).toEqual([
    "entries",
    "bytes",
    "bytes",
    "pages",
  ]);
});

test.each([
  ["hash", 1, "hash, 1 entry."],
  ["array", 8, "array, 8 entries."],
  ["user_ringbuf", 4096, "user ringbuf, 4096 bytes."],
  ["arena", 1, "arena, 1 page."],
  ["perf_event_array", 0, "perf event array, sized when loaded."],
] as const)("a %s of %i is described in words", (type, maxEntries, words) => {
  expect(describeMap({ name: "m", type, maxEntries, event: null })).toBe(words);
});

test("of events without a type it is said how to give them one", () => {
  const event = { type: null, from: "none", minBytes: 0, maxBytes: null, fixed: false } as const;
  expect(describeMap({ name: "events", type: "ringbuf", maxEntries: 4096, event })).toMatch(
    /^ringbuf, 4096 bytes\. .* --event events=TYPE\.$/,
  );
});
