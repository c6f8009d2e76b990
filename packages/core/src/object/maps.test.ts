import { describe, expect, test } from "vitest";
import type { Btf } from "../btf/index.ts";
import { programs, readBuilt, readMapsOf, Types } from "./build-object.test.support.ts";
import { ObjectError, readExternMaps } from "./index.ts";
import type { MapDefinition } from "./types.ts";

const hash = 1;
const array = 2;
const progArray = 3;
const arrayOfMaps = 12;
const ringbuf = 27;

function only(types: Types, struct: number): MapDefinition {
  const [map] = readMapsOf(types, { it: struct }).maps;
  if (map === undefined) throw new Error("there is no map");
  return map;
}

test("a map that another object defines is unresolved here, and no map of this object", () => {
  const types = new Types();
  const struct = types.struct("", { type: types.uint(ringbuf, types.u64), max_entries: types.uint(4096) });
  types.dataSection(".maps", [[types.variable("events", struct, "extern"), 16]]);
  const object = readBuilt(types, { symbols: [{ name: "events" }] });
  expect(object).toMatchObject({ maps: [], unresolved: ["events"] });
  expect(readExternMaps(object.btf as Btf)).toMatchObject([{ name: "events", type: "ringbuf", maxEntries: 4096, event: types.u64 }]);
});

describe("a BTF-defined map", () => {
  test("has the type, sizes and entries that its members encode", () => {
    const types = new Types();
    const struct = types.struct("", {
      type: types.uint(hash),
      key: types.pointer(types.u32),
      value: types.pointer(types.u64),
      max_entries: types.uint(1024),
      map_flags: types.uint(1),
      numa_node: types.uint(2),
      pinning: types.uint(1),
      map_extra: types.uint(3),
    });
    expect(only(types, struct)).toMatchObject({
      name: "it",
      type: "hash",
      key: types.u32,
      keySize: 4,
      value: types.u64,
      valueSize: 8,
      maxEntries: 1024,
      flags: 1,
      numaNode: 2,
      pinning: "by-name",
      extra: 3n,
      inner: null,
      initial: [],
      event: null,
      struct,
    });
  });

  test("may tell sizes without types, and leaves out what it does not need", () => {
    const types = new Types();
    const struct = types.struct("", { type: types.uint(array), key_size: types.uint(4), value_size: types.uint(4096) });
    expect(only(types, struct)).toMatchObject({
      type: "array",
      key: null,
      keySize: 4,
      value: null,
      valueSize: 4096,
      maxEntries: 0,
      numaNode: null,
    });
  });

  test("may encode 64 bits of map_extra", () => {
    const types = new Types();
    expect(only(types, types.struct("", { type: types.uint(33), map_extra: types.ulong(2n ** 63n) })).extra).toBe(2n ** 63n);
  });

  test("carries the type of its events in the element of the array that encodes its type", () => {
    const types = new Types();
    const event = types.struct("event", { pid: types.u64 });
    expect(only(types, types.struct("", { type: types.uint(ringbuf, event) }))).toMatchObject({ type: "ringbuf", event });
  });

  test("may be declared through a typedef, with qualifiers", () => {
    const types = new Types();
    const struct = types.struct("", { type: types.typedef("map_type", types.uint(hash)) });
    expect(only(types, types.typedef("hash_t", types.add({ kind: "const", name: "", type: struct })))).toMatchObject({
      type: "hash",
      struct,
    });
  });

  test("of a type that is newer than lbc keeps the number", () => {
    const types = new Types();
    expect(only(types, types.struct("", { type: types.uint(99) })).type).toBe("unknown_99");
  });

  test("stands in the order of its section", () => {
    const types = new Types();
    const struct = types.struct("", { type: types.uint(hash) });
    expect(readMapsOf(types, { second: struct, first: struct }).maps.map(({ name, offset }) => [name, offset])).toEqual([
      ["second", 0],
      ["first", 64],
    ]);
  });
});

describe("values of a map", () => {
  test("define the inner map, and are filled by addresses of maps", () => {
    const types = new Types();
    const inner = types.struct("inner", {
      type: types.uint(array),
      key: types.pointer(types.u32),
      value: types.pointer(types.u64),
      max_entries: types.uint(1),
    });
    const outer = types.struct(
      "",
      {
        type: types.uint(arrayOfMaps),
        max_entries: types.uint(4),
        key: types.pointer(types.u32),
        values: types.array(types.pointer(inner), 0),
      },
      24,
    );
    const object = readMapsOf(
      types,
      { outer, left: inner, right: inner },
      {
        relocations: [
          { section: ".maps", offset: 24, symbol: "right" },
          { section: ".maps", offset: 40, symbol: "left" },
        ],
      },
    );
    expect(object.maps[0]).toMatchObject({
      type: "array_of_maps",
      valueSize: 4,
      inner: { name: "outer.inner", type: "array", keySize: 4, valueSize: 8, maxEntries: 1, inner: null },
      initial: [
        { slot: 0, target: "right" },
        { slot: 2, target: "left" },
      ],
    });
    expect(object.maps[1]?.initial).toEqual([]);
  });

  test("of a program array are programs", () => {
    const types = new Types();
    const table = types.struct(
      "",
      {
        type: types.uint(progArray),
        key_size: types.uint(4),
        max_entries: types.uint(2),
        values: types.array(types.pointer(types.prototype()), 0),
      },
      24,
    );
    const { sections, symbols } = programs("socket", ["one", "two"]);
    const object = readMapsOf(types, { table }, { sections, symbols, relocations: [{ section: ".maps", offset: 32, symbol: "two" }] });
    expect(object.maps[0]).toMatchObject({ type: "prog_array", valueSize: 4, inner: null, initial: [{ slot: 1, target: "two" }] });
  });

  test("are refused where an address is put elsewhere", () => {
    const types = new Types();
    const struct = types.struct("", { type: types.uint(hash) });
    const relocations = [{ section: ".maps", offset: 8, symbol: "it" }];
    expect(() => readMapsOf(types, { it: struct }, { relocations })).toThrow(expect.objectContaining({ code: "bad-map-values" }));
  });

  test("are refused where they are no map of this object", () => {
    const types = new Types();
    const inner = types.struct("inner", { type: types.uint(array) });
    const outer = types.struct("", { type: types.uint(arrayOfMaps), values: types.array(types.pointer(inner), 0) }, 8);
    const { sections, symbols } = programs("socket", ["one"]);
    const relocations = [{ section: ".maps", offset: 8, symbol: "one" }];
    expect(() => readMapsOf(types, { outer }, { sections, symbols, relocations })).toThrow(
      expect.objectContaining({ code: "bad-map-values" }),
    );
  });
});

describe("a map definition that makes no sense is refused", () => {
  const cases: Record<string, (types: Types) => Record<string, number>> = {
    "without a type": (types) => ({ max_entries: types.uint(1) }),
    "with type 0": (types) => ({ type: types.uint(0) }),
    "with a type that is a number": (types) => ({ type: types.int }),
    "with an unknown member": (types) => ({ type: types.uint(hash), colour: types.uint(1) }),
    "with a key of two sizes": (types) => ({ type: types.uint(hash), key_size: types.uint(8), key: types.pointer(types.u32) }),
    "with a value of no pointer": (types) => ({ type: types.uint(hash), value: types.u32 }),
    "with a value that is only declared": (types) => ({
      type: types.uint(hash),
      value: types.pointer(types.add({ kind: "forward", name: "event", of: "struct" })),
    }),
    "with an unknown pinning": (types) => ({ type: types.uint(hash), pinning: types.uint(2) }),
    "with values that are not last": (types) => ({
      type: types.uint(progArray),
      values: types.array(types.pointer(types.prototype()), 0),
      max_entries: types.uint(1),
    }),
    "with values of a hash": (types) => ({ type: types.uint(hash), values: types.array(types.pointer(types.prototype()), 0) }),
    "with values before its type": (types) => ({ values: types.array(types.pointer(types.prototype()), 0) }),
    "with maps for programs": (types) => ({ type: types.uint(progArray), values: types.array(types.pointer(types.struct("x", {})), 0) }),
    "with a map in a map in a map": (types) => {
      const values = (of: number): number => types.array(types.pointer(of), 0);
      const middle = types.struct("", { type: types.uint(arrayOfMaps), values: values(types.struct("", { type: types.uint(array) })) }, 8);
      return { type: types.uint(arrayOfMaps), values: values(middle) };
    },
    "with an inner map that is pinned": (types) => {
      const inner = types.struct("", { type: types.uint(array), pinning: types.uint(1) });
      return { type: types.uint(arrayOfMaps), values: types.array(types.pointer(inner), 0) };
    },
    "with an enum of two values": (types) => {
      const values = [
        { name: "A", value: 1n },
        { name: "B", value: 2n },
      ];
      return { type: types.uint(hash), map_extra: types.add({ kind: "enum", name: "", wide: true, size: 8, signed: false, values }) };
    },
  };
  test.each(Object.entries(cases))("%s", (_what, members) => {
    const types = new Types();
    const struct = types.struct("", members(types), 0);
    const act = (): unknown => only(types, struct);
    expect(act).toThrow(ObjectError);
    expect(act).toThrow(expect.objectContaining({ code: "bad-map-definition", place: expect.objectContaining({ section: ".maps" }) }));
  });

  test("that has one member twice", () => {
    const types = new Types();
    const type = types.uint(hash);
    const members = [0, 64].map((bitOffset) => ({ name: "type", type, bitOffset, bitSize: 0 }));
    const struct = types.add({ kind: "struct", name: "", size: 16, members });
    expect(() => only(types, struct)).toThrow(expect.objectContaining({ code: "bad-map-definition" }));
  });

  test("that is no struct", () => {
    const types = new Types();
    expect(() => only(types, types.u32)).toThrow(expect.objectContaining({ code: "bad-map-definition" }));
  });

  test("in a section without types", () => {
    const elf = { sections: [{ name: ".maps", data: new Uint8Array(32), flags: 3 }] };
    expect(() => readBuilt(new Types(), elf)).toThrow(expect.objectContaining({ code: "missing-types" }));
    expect(readBuilt(null, elf).maps).toEqual([]);
  });
});
