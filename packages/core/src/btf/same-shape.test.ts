import { expect, test } from "vitest";
import { BtfBuilder, type BtfMember, readBtf } from "./index.ts";
import { difference, type TypeAt } from "./same-shape.ts";

type Make = (builder: BtfBuilder) => number;

const int =
  (size: number, name = "int", signed = true): Make =>
  (builder) =>
    builder.add({ kind: "int", name, size, signed, char: false, bool: false, bits: size * 8, bitOffset: 0 });
const typedef =
  (name: string, of: Make): Make =>
  (builder) =>
    builder.add({ kind: "typedef", name, type: of(builder) });
const array =
  (length: number, of: Make): Make =>
  (builder) =>
    builder.add({ kind: "array", name: "", element: of(builder), index: 1, length });
const pointer =
  (to: Make): Make =>
  (builder) =>
    builder.add({ kind: "pointer", name: "", type: to(builder) });
const enumOf =
  (name: string, value: bigint): Make =>
  (builder) =>
    builder.add({ kind: "enum", name: "e", size: 4, wide: false, signed: false, values: [{ name, value }] });
const struct =
  (name: string, size: number, members: Readonly<Record<string, Make>>): Make =>
  (builder) => {
    const placed = Object.entries(members).map(
      ([member, type], index): BtfMember => ({ name: member, type: type(builder), bitOffset: index * 32, bitSize: 0 }),
    );
    return builder.add({ kind: "struct", name, size, members: placed });
  };

function made(make: Make): TypeAt {
  const builder = new BtfBuilder();
  const id = make(builder);
  return { btf: readBtf(builder.build()), id };
}

const event = struct("event", 8, { pid: int(4), at: struct("addr", 4, { port: int(4) }) });

test.each<[string, Make, Make, string | null]>([
  ["the same", event, event, null],
  ["a typedef of it", event, typedef("event_t", event), null],
  ["another name", event, struct("other", 8, { pid: typedef("s32", int(4)), at: struct("a", 4, { port: int(4) }) }), null],
  ["pointers to anything", pointer(event), pointer(int(4)), null],
  ["an integer of another size", struct("e", 8, { pid: int(4) }), struct("e", 8, { pid: int(8) }), "pid"],
  ["an integer of another sign", int(4), int(4, "int", false), ""],
  ["a char in place of a byte", array(4, int(1, "char")), array(4, int(1, "signed char")), "[]"],
  ["another length", array(4, int(1)), array(5, int(1)), ""],
  ["another name of a member", event, struct("event", 8, { tid: int(4), at: int(4) }), "pid"],
  ["a member more", struct("e", 8, { a: int(4) }), struct("e", 8, { a: int(4), b: int(4) }), ""],
  ["a member inside of another", event, struct("event", 8, { pid: int(4), at: struct("addr", 4, { host: int(4) }) }), "at.port"],
  ["padding behind the members", struct("e", 4, { a: int(4) }), struct("e", 8, { a: int(4) }), ""],
  ["another value of an enum", enumOf("A", 1n), enumOf("A", 2n), ""],
  ["another kind", int(4), enumOf("A", 1n), ""],
])("a type and %s", (_what, one, other, path) => {
  expect(difference(made(one), made(other))).toBe(path);
});
