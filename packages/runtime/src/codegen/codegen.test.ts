import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { enumName } from "./enum-name.ts";
import {
  configure,
  copyOf,
  decodeObject,
  defineFields,
  defineStruct,
  flexibleLength,
  readArray,
  readBits,
  readBytes,
  StructView,
  sectionView,
  writeArray,
  writeBits,
  writeBytes,
  zeroed,
} from "./index.ts";

const viewOf = (...bytes: number[]) => new DataView(Uint8Array.from(bytes).buffer);
const bytesOf = (view: DataView) => [...new Uint8Array(view.buffer)];

describe("bit-fields", () => {
  test("a 63-bit field that spans nine bytes keeps its neighbours", () => {
    const view = zeroed(9);
    writeBits(0xfn, view, 0, { bytes: 9, shift: 0, bits: 4 }, true);
    writeBits(0x7123_4567_89ab_cdefn, view, 0, { bytes: 9, shift: 4, bits: 63 }, true);
    expect(readBits(view, 0, { bytes: 9, shift: 0, bits: 4 }, false, true)).toBe(0xfn);
    expect(readBits(view, 0, { bytes: 9, shift: 4, bits: 63 }, false, true)).toBe(0x7123_4567_89ab_cdefn);
  });

  test("a signed field of three bytes is read in either byte order", () => {
    expect(readBits(viewOf(0xff, 0xff, 0x0f), 0, { bytes: 3, shift: 0, bits: 20 }, true, true)).toBe(-1n);
    expect(readBits(viewOf(0x80, 0x00, 0x10), 0, { bytes: 3, shift: 4, bits: 20 }, true, false)).toBe(-0x80000n + 1n);
  });

  test("what is written comes back in big-endian order", () => {
    const view = zeroed(16);
    writeBits(-5n, view, 0, { bytes: 16, shift: 0, bits: 128 }, false);
    expect(bytesOf(view).at(-1)).toBe(0xfb);
    expect(readBits(view, 0, { bytes: 16, shift: 0, bits: 128 }, true, false)).toBe(-5n);
  });

  test("a value that is too wide is cut off and does not reach its neighbours", () => {
    const view = zeroed(3);
    writeBits(0xffffn, view, 0, { bytes: 3, shift: 8, bits: 4 }, true);
    expect(bytesOf(view)).toEqual([0, 0x0f, 0]);
  });
});

describe("arrays", () => {
  test("elements are read and written by index", () => {
    const view = zeroed(4);
    writeArray([7, 8], 2, (item, index) => view.setUint16(2 * index, item, true));
    expect(readArray(2, (index) => view.getUint16(2 * index, true))).toEqual([7, 8]);
  });

  test("an array of another length is refused", () => {
    expect(() => writeArray([1], 2, () => undefined)).toThrow(RangeError);
    expect(() => writeBytes(new Uint8Array(3), zeroed(4), 0, 4)).toThrow(RangeError);
  });

  test("bytes that were read do not change with the memory", () => {
    const view = viewOf(1, 2, 3);
    const copy = readBytes(view, 1, 2);
    view.setUint8(1, 9);
    expect([...copy]).toEqual([2, 3]);
  });

  test.each([
    [10, 4, 2],
    [0, 4, 0],
    [-8, 4, 0],
    [8, 0, 0],
  ])("%i bytes hold of elements of %i bytes %i", (bytes, size, length) => {
    expect(flexibleLength(bytes, size)).toBe(length);
  });
});

class Address extends StructView {
  static readonly size = 4;
  get v4(): number {
    return this.$view.getUint32(this.$offset, true);
  }
  set v4(value: number) {
    this.$view.setUint32(this.$offset, value, true);
  }
  get first(): number {
    return this.$view.getUint8(this.$offset);
  }
}

describe("views", () => {
  test("of a section that programs read as constants are read, and assigning throws", () => {
    const section = { name: ".rodata", view: viewOf(1, 2, 3, 4), writable: false };
    const constant = sectionView(section, Address);
    expect(() => {
      constant.v4 = 7;
    }).toThrow(expect.objectContaining({ code: "already-loaded", place: { section: ".rodata", type: "v4" } }));
    expect([constant.v4, constant.toJSON()]).toEqual([0x04030201, { v4: 0x04030201, first: 1 }]);
    expect(constant).toBeInstanceOf(Address);
    sectionView({ ...section, writable: true }, Address).v4 = 7;
    expect(constant.v4).toBe(7);
  });

  test("a view shows its fields in JSON and on the console", () => {
    const address = new Address(viewOf(9, 1, 2, 0, 0), 1);
    expect(JSON.stringify(address)).toBe('{"v4":513,"first":1}');
    expect(inspect(address)).toBe("{ v4: 513, first: 1 }");
  });

  test("a section that is smaller than its accessors is refused", () => {
    expect(() => sectionView({ name: ".bss", view: zeroed(3) }, Address)).toThrow(
      expect.objectContaining({ code: "codec-mismatch", place: { section: ".bss" } }),
    );
    expect(sectionView({ name: ".bss", view: viewOf(1, 0, 0, 0) }, Address).v4).toBe(1);
  });

  test("a copy is not changed with the memory it came from", () => {
    const view = viewOf(0, 5, 6);
    const copy = copyOf(view, 1, 2);
    view.setUint8(1, 0);
    expect(bytesOf(copy)).toEqual([5, 6]);
  });
});

describe("layout checks on import", () => {
  const codec = { decode: () => ({ a: 0, b: 0 }), encode: () => undefined };

  test("a struct whose fields overlap is refused", () => {
    const fields = { a: { offset: 0, size: 4 }, b: { bitOffset: 31, bitSize: 2 } };
    expect(() => defineStruct("struct s", { ...codec, size: 8, align: 4, fields })).toThrow(/b begins at bit 31/);
  });

  test("a field past the end is refused, overlapping fields of a union are not", () => {
    const fields = { a: { offset: 0, size: 4 }, b: { offset: 0, size: 8 } };
    expect(defineFields("union u", 8, fields)).toBe(fields);
    expect(() => defineFields("union u", 4, fields)).toThrow(
      expect.objectContaining({ code: "codec-mismatch", place: { type: "union u" } }),
    );
  });
});

test("an enumerator's name is found by value, the first of several, none for an unknown one", () => {
  const State = { RUNNING: 1, ACTIVE: 1, WIDE: 5n } as const;
  expect(enumName(State, 1)).toBe("RUNNING");
  expect(enumName(State, 5n)).toBe("WIDE");
  expect(enumName(State, 9)).toBeUndefined();
});

test("options reach the parts of their name only", () => {
  const parts = { events: { maxEntries: 1, pagesPerCpu: 64 }, counts: { maxEntries: 2, pagesPerCpu: 64 } };
  configure(parts, { events: { maxEntries: 8 } });
  expect(parts).toEqual({ events: { maxEntries: 8, pagesPerCpu: 64 }, counts: { maxEntries: 2, pagesPerCpu: 64 } });
});

test("an embedded object is decoded byte for byte", () => {
  expect([...decodeObject("f0VMRgD/")]).toEqual([0x7f, 0x45, 0x4c, 0x46, 0, 0xff]);
});
