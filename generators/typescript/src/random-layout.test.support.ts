import { alignOf, type Layout, type Member, type StructDecl, sizeOf, type TypeDecl, type TypeRef } from "@lbc/core/layout";
import fc from "fast-check";

/** Names that mean something to JavaScript, to TypeScript or to the generated module, and ordinary ones that meet after conversion. */
const names = [
  ..."class constructor default delete enum eval arguments await static this toString then __proto__ prototype name length size".split(" "),
  ..."type interface number string object Object Array Map Symbol DataView BigInt Uint8Array Record Partial Disposable undefined".split(
    " ",
  ),
  ..."view offset value bytes maps programs links load attach close open options embedded decode encode of fields align record text".split(
    " ",
  ),
  ..."KeyedMap RingBuffer StructView Codec u32 u64 scalars readArray tool tool_maps open_tool ToolOptions toolRodata".split(" "),
  ..."foo_bar fooBar FOO_BAR foo__bar _foo 1st _1st x1_2 x12 $dollar größe a.b.c ev~1a2b3c".split(" "),
];
const name = fc.constantFrom(...names);

const leaf: fc.Arbitrary<TypeRef> = fc.oneof(
  fc.record({
    kind: fc.constant("int" as const),
    bytes: fc.constantFrom(1, 2, 4, 8, 16),
    signed: fc.boolean(),
    role: fc.constantFrom("number" as const, "char" as const, "bool" as const),
  }),
  fc.record({ kind: fc.constant("float" as const), bytes: fc.constantFrom(2, 4, 8, 12, 16) }),
  fc.constant({ kind: "pointer" as const, to: { kind: "void" as const }, tags: [] }),
);

/** What a member is, before it is placed; `named` picks one of the types before it. */
interface Plan {
  readonly name: string | null;
  readonly leaf: TypeRef;
  readonly named: number | null;
  readonly lengths: readonly number[];
  readonly bits: number | null;
}
const member: fc.Arbitrary<Plan> = fc.record({
  name: fc.option(name, { freq: 5 }),
  leaf,
  named: fc.option(fc.nat(), { freq: 1 }),
  lengths: fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 2 }),
  bits: fc.option(fc.integer({ min: 1, max: 32 }), { freq: 1 }),
});
const typePlan = fc.record({
  kind: fc.constantFrom("struct" as const, "union" as const),
  packed: fc.boolean(),
  members: fc.array(member, { maxLength: 8 }),
});

/** Random types, which maps and globals with random names use. */
export const randomLayout: fc.Arbitrary<Layout> = fc
  .record({
    endianness: fc.constantFrom("little" as const, "big" as const),
    types: fc.array(typePlan, { minLength: 1, maxLength: 5 }),
    typeNames: fc.uniqueArray(name, { minLength: 6, maxLength: 6 }),
    uses: fc.uniqueArray(name, { minLength: 4, maxLength: 4 }),
    enumerators: fc.uniqueArray(name, { maxLength: 5 }),
  })
  .map(({ endianness, types, typeNames, uses, enumerators }) => {
    const [mapName = "", secondMap = "", program = "", variable = ""] = uses;
    const state = { kind: "enum", id: 0, path: typeNames[5] ?? "", name: typeNames[5] ?? "", bytes: 8, signed: true, doc: null } as const;
    const decls: TypeDecl[] = [
      { ...state, values: enumerators.map((enumerator, index) => ({ name: enumerator, value: `${-index}`, doc: null })) },
    ];
    types.forEach(({ kind, packed, members }, index) => {
      const laid = place(decls, members, kind, packed);
      const path = typeNames[index] ?? "";
      decls.push({ kind, id: index + 1, path, name: path, doc: null, align: 1, shape, ...laid } as StructDecl);
    });
    const last: TypeRef = { kind: "named", id: decls.length - 1 };
    return { ...emptyLayout(endianness), types: decls, ...uses4(decls, last, mapName, secondMap, program, variable) };
  });

const shape = { packed: false, explicitAlign: false, containsAligned: false, endsZeroSized: false, misaligned: false, bitFields: false };

function emptyLayout(endianness: "little" | "big"): Layout {
  const object = { name: "tool", sha256: "0".repeat(64), byteLength: 4, endianness, license: null, kernelVersion: null };
  return { schema: 1, object, types: [], maps: [], sections: [], programs: [], structOps: [], externs: [], notes: [] };
}

function place(
  decls: readonly TypeDecl[],
  plans: readonly Plan[],
  kind: "struct" | "union",
  packed: boolean,
): { members: Member[]; size: number } {
  const layout = { ...emptyLayout("little"), types: decls };
  const seen = new Set<string>();
  const members: Member[] = [];
  let end = 0;
  for (const plan of plans) {
    if (plan.name !== null && seen.has(plan.name)) continue;
    if (plan.name !== null) seen.add(plan.name);
    const start = kind === "union" ? 0 : end;
    if (plan.bits !== null) {
      const type: TypeRef = { kind: "int", bytes: 4, signed: plan.bits % 2 === 0, role: "number" };
      const unit = { offset: start, bytes: Math.ceil((plan.bits + 3) / 8) };
      members.push({
        kind: "bits",
        name: plan.name,
        bitOffset: 8 * start,
        bitSize: plan.bits,
        signed: type.signed,
        type,
        unit,
        shift: 3,
        doc: null,
      });
      end = Math.max(end, start + unit.bytes);
      continue;
    }
    const type = typeOf(decls, plan);
    if (plan.name === null && type.kind !== "named") continue;
    const align = packed ? 1 : alignOf(layout, type);
    const offset = Math.ceil(start / align) * align;
    const size = sizeOf(layout, type);
    members.push({ kind: "field", name: plan.name, offset, type, size, aligned: true, flexible: false, special: null, doc: null });
    end = Math.max(end, offset + size);
  }
  return { members, size: end };
}

/** A member without a name lends those of a struct or union: never an enum, which stands first. */
function typeOf(decls: readonly TypeDecl[], { name: memberName, leaf: type, named, lengths }: Plan): TypeRef {
  if (memberName === null) return decls.length > 1 ? { kind: "named", id: decls.length - 1 } : type;
  const element: TypeRef = named === null ? type : { kind: "named", id: named % decls.length };
  return lengths.reduce<TypeRef>((inner, length) => {
    const text = inner.kind === "int" && inner.role === "char" && inner.bytes === 1;
    return { kind: "array", element: inner, length, text };
  }, element);
}

function uses4(decls: readonly TypeDecl[], last: TypeRef, mapName: string, secondMap: string, program: string, variable: string) {
  const layout = { ...emptyLayout("little"), types: decls };
  const size = sizeOf(layout, last);
  const map = {
    name: mapName,
    type: "hash",
    access: "keyed",
    perCpu: false,
    key: last,
    keySize: Math.max(size, 1),
    value: { kind: "array", element: last, length: 2, text: false },
    valueSize: Math.max(2 * size, 1),
    valueStride: 2 * size,
    maxEntries: 1,
    flags: 0,
    extra: "0",
    pinning: "none",
    numaNode: null,
    event: null,
    histogram: null,
    fallback: null,
    inner: null,
    initial: [],
    doc: null,
  } as const;
  const event = { type: last, from: "map", minBytes: size, maxBytes: size, fixed: true } as const;
  const field = { kind: "variable", name: variable, path: variable, offset: 0, size, type: last, linkage: "global", doc: null } as const;
  const section = {
    name: ".bss",
    ident: "bss",
    kind: "bss",
    size,
    align: 8,
    write: "always",
    memoryMapped: true,
    members: [field],
  } as const;
  const attach = { kind: "kprobe", function: null, offset: 0, return: false } as const;
  const flags = { autoattach: true, autoload: true, sleepable: false, doc: null };
  return {
    maps: [map, { ...map, name: secondMap, type: "ringbuf", access: "stream-out", key: null, value: null, event }],
    sections: [section],
    programs: [{ name: program, section: "kprobe", type: "kprobe", attachType: null, attach, ...flags }],
  } as const;
}
