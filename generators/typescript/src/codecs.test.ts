import { inspect } from "node:util";
import { beforeAll, describe, expect, test } from "vitest";
import { goldenLayout, loadModule } from "./load-module.test.support.ts";

interface Codec<T> {
  readonly size: number;
  decode(view: DataView, offset: number, bytes?: number): T;
  encode(value: T, view: DataView, offset: number): void;
}
type Struct = Record<string, unknown>;
interface View extends Struct {
  toJSON(): Struct;
}
interface ViewCodec extends Codec<View> {
  of(values: Struct): View;
}
interface Shapes {
  readonly Arrays: Codec<Struct>;
  readonly Bits: Codec<Struct>;
  readonly Locked: Codec<Struct>;
  readonly Names: Codec<Struct>;
  readonly Nested: Codec<Struct & { readonly value: View; readonly peers: readonly View[] }>;
  readonly OuterRecord: Codec<Struct>;
  readonly Packed: Codec<Struct>;
  readonly PackedBits: Codec<Struct>;
  readonly Peer: ViewCodec;
  readonly Scalars: Codec<Struct>;
  readonly State: Readonly<Record<string, number>>;
  readonly Value: ViewCodec;
  readonly ShapesBss: new (view: DataView, offset: number) => View & { bits: Struct };
  readonly ShapesData: new (view: DataView, offset: number) => { lastPeer: View };
}

let little: Shapes;
let big: Shapes;
beforeAll(async () => {
  little = await loadModule(await goldenLayout("shapes"));
  big = await loadModule(await goldenLayout("shapes-be"));
});

const viewOf = (hex: string): DataView => new DataView(Uint8Array.from(Buffer.from(hex, "hex")).buffer);
const hexOf = (view: DataView): string => Buffer.from(view.buffer as ArrayBuffer).toString("hex");

function encoded<T>(codec: Codec<T>, value: T): DataView {
  const view = new DataView(new ArrayBuffer(codec.size));
  codec.encode(value, view, 0);
  return view;
}

const bits = { a: 5, b: -16, c: 0xfedcba, d: 0xab_cdef_0123n, e: -2, f: true, g: -1 };
const scalars = {
  flag: true,
  letter: -3,
  tiny: -128,
  port: 65535,
  state: -1,
  wide: 0x1_0000_0000n,
  f: 0.5,
  d: Math.PI,
  huge: -(2n ** 127n),
  address: 0xffff_ffff_8000_0000n,
  next: 1n,
};
const arrays = {
  mac: Uint8Array.of(1, 2, 3, 4, 5, 6),
  name: "Grüße",
  ports: [1, 2, 65535],
  grid: [
    [1, 2, 3],
    [4, 5, 0xffff_ffff],
  ],
  words: ["full", "a"],
  states: [7, -1],
  flags: [true, false],
  slots: [1n, 2n ** 64n - 1n],
};

describe.each(["little", "big"] as const)("in %s-endian objects", (order) => {
  const shapes = (): Shapes => (order === "little" ? little : big);

  test.each([
    ["Bits", bits],
    ["PackedBits", { low: 9, high: 2n ** 62n + 1n }],
    ["Packed", { tag: 255, value: 2n ** 63n, bits: { a: 0xabcde, b: 15 }, last: 0x1234 }],
    ["Scalars", scalars],
    ["Arrays", arrays],
  ] as const)("what is written as %s is read again", (name, value) => {
    const codec = shapes()[name];
    expect(codec.decode(encoded(codec, value), 0)).toEqual(value);
  });

  test("an integer that does not fit is an error that names its member", () => {
    const error = (member: string) =>
      expect.objectContaining({ code: "out-of-range", message: expect.stringContaining(` does not fit in ${member},`) });
    const zeros = { a: 0, b: 0, c: 0, d: 0n, e: 0, f: false, g: 0 };
    for (const [member, value] of Object.entries({ a: 8, b: 16, c: -1, d: 2n ** 40n, e: 2 ** 20, g: -9 })) {
      expect(() => encoded(shapes().Bits, { ...zeros, [member]: value })).toThrow(error(member));
    }
    for (const [member, value] of Object.entries({
      tiny: 128,
      port: 65536,
      state: 2 ** 31,
      wide: -1n,
      huge: 2n ** 127n,
      address: 2n ** 64n,
    })) {
      expect(() => encoded(shapes().Scalars, { ...scalars, [member]: value })).toThrow(error(member));
    }
    expect(() => encoded(shapes().Arrays, { ...arrays, ports: [1, 2, 65536] })).toThrow(error("ports"));
  });
});

describe("the bytes are those that gcc writes", () => {
  test("of bit-fields in every position", () => {
    expect(hexOf(encoded(little.Bits, bits))).toBe("85badcfe000000002301efcdabfeff1f0f00000000000000");
  });

  test("of a packed bit-field that spans nine bytes", () => {
    expect(hexOf(encoded(little.PackedBits, { low: 0xf, high: 0x7123_4567_89ab_cdefn }))).toBe("ffdebc9a7856341207");
  });

  test("of a packed struct, whose members are not aligned", () => {
    const value = { tag: 1, value: 2n, bits: { a: 3, b: 4 }, last: 5 };
    expect(hexOf(encoded(little.Packed, value))).toBe("0102000000000000000300400500");
  });

  test("for a big-endian target, where the first bit-field takes the highest bits", () => {
    expect(hexOf(encoded(big.Bits, { ...bits, b: 0, d: 0n, e: 0, f: false, g: 0 })).slice(0, 8)).toBe("a0fedcba");
  });
});

describe("unions and anonymous members", () => {
  test("members of anonymous structs and unions stand in the struct", () => {
    const peer = little.Peer.decode(viewOf("02000000 7f000001 000000000000000000000000 5000 0300".replaceAll(" ", "")), 0);
    expect(peer.toJSON()).toMatchObject({ family: 2, v4: 0x0100007f, port: 80, zone: 3 });
    expect(peer["v6"]).toEqual(Uint8Array.of(0x7f, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0));
  });

  test("a value is made from the members that are given, and the last one wins", () => {
    const peer = little.Peer.of({ family: 10, v6: new Uint8Array(16).fill(0xff), v4: 1 });
    expect(peer["v6"]).toEqual(Uint8Array.of(1, 0, 0, 0, ...new Uint8Array(12).fill(0xff)));
    expect(little.Peer.decode(encoded(little.Peer, peer), 0).toJSON()).toEqual(peer.toJSON());
  });

  test("a decoded union does not change with the memory that it was read from", () => {
    const view = viewOf("0100000000000000");
    const value = little.Value.decode(view, 0);
    view.setUint8(0, 9);
    expect(value["number"]).toBe(1n);
  });

  test("every member of a union is shown", () => {
    const value = little.Value.of({ text: "abc" });
    expect(inspect(value)).toContain("number: 6513249n");
    expect(inspect(value)).toContain("text: 'abc'");
    expect(value["halves"]).toEqual({ low: 0x636261, high: 0 });
  });

  test("structs hold unions, arrays of them and packed structs", () => {
    const peers = [little.Peer.of({ port: 1 }), little.Peer.of({ v4: 2 })];
    const packed = { tag: 1, value: 2n, bits: { a: 3, b: 4 }, last: 5 };
    const value = { value: little.Value.of({ real: 1.5 }), peers, packed, point: { x: 6, y: 7 } };
    const again = little.Nested.decode(encoded(little.Nested, value), 0);
    expect(again.value["real"]).toBe(1.5);
    expect(again.peers.map((peer) => [peer["port"], peer["v4"]])).toEqual([
      [1, 0],
      [0, 2],
    ]);
    expect(again).toMatchObject({ packed, point: value.point });
  });
});

describe("arrays at the end of a record", () => {
  const time = "0700000000000000";

  test("are as long as the record is, also in a struct that is the last member", () => {
    const view = viewOf(`${time}020000000a000b00`);
    expect(little.OuterRecord.decode(view, 0, 16)).toEqual({ time: 7n, record: { length: 2, items: [10, 11] } });
  });

  test("leave out what is no whole element", () => {
    const view = viewOf(`${time}020000000a000b`);
    expect(little.OuterRecord.decode(view, 0, 15)).toEqual({ time: 7n, record: { length: 2, items: [10] } });
  });

  test("are written as long as they are", () => {
    const view = new DataView(new ArrayBuffer(18));
    little.OuterRecord.encode({ time: 7n, record: { length: 3, items: [1, 2, 3] } }, view, 0);
    expect(hexOf(view)).toBe(`${time}03000000010002000300`);
  });
});

describe("what is refused", () => {
  test("text that is longer than its array, and arrays of another length", () => {
    expect(() => encoded(little.Arrays, { ...arrays, words: ["12345", ""] })).toThrow(RangeError);
    expect(() => encoded(little.Arrays, { ...arrays, ports: [1] })).toThrow(RangeError);
    expect(() => encoded(little.Arrays, { ...arrays, mac: new Uint8Array(7) })).toThrow(RangeError);
  });
});

test("an enum's unknown value is kept", () => {
  const unknown = { ...scalars, state: 1234 };
  expect(little.Scalars.decode(encoded(little.Scalars, unknown), 0)).toEqual(unknown);
  expect(little.State).toEqual({ IDLE: 0, RUNNING: 7, FAILED: -1 });
});

test("what the kernel keeps for itself may be left out", () => {
  expect(hexOf(encoded(little.Locked, { count: 3 }))).toBe("0000000003000000");
  expect(little.Locked.decode(viewOf("0100000003000000"), 0)).toEqual({ lock: { val: 1 }, count: 3 });
});

test("names that JavaScript or another field takes are told apart", () => {
  const names = little.Names.decode(viewOf("01000000020000000300000004000000050000000600000007000000"), 0);
  expect(names).toEqual({ class: 1, constructor_: 2, fooBar_2: 3, fooBar: 4, _1st: 5, view: 6, offset: 7, nothing: {} });
});

describe("sections", () => {
  test("show what is in memory now, and write to it", () => {
    const memory = new DataView(new ArrayBuffer(256));
    const bss = new little.ShapesBss(memory, 0);
    bss.bits = bits;
    expect(bss.bits).toEqual(bits);
    memory.setBigUint64(0, 5n, true);
    expect(bss["onOpenCalls"]).toBe(5n);
  });

  test("a union in them is the memory itself", () => {
    const memory = new DataView(new ArrayBuffer(24));
    const { lastPeer } = new little.ShapesData(memory, 0);
    lastPeer["v4"] = 0x01020304;
    expect(hexOf(memory).slice(8, 16)).toBe("04030201");
  });
});
