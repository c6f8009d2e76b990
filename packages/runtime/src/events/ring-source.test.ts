import { describe, expect, test } from "vitest";
import { Descriptor } from "../bpf/descriptor.ts";
import { MapHandle } from "../maps/map-handle.ts";
import { FakeSys } from "../sys/fake.test.support.ts";
import type { Memory } from "../sys/sys.ts";
import { Records } from "./records.ts";
import { RingSource } from "./ring-source.ts";

const page = 4096;
const size = 4096;
const busy = 0x80000000;
const discarded = 0x40000000;

/** A ring buffer whose producer is the test. */
class Ring extends FakeSys {
  readonly consumer = new ArrayBuffer(page);
  readonly producer = new ArrayBuffer(page + 2 * size);
  readonly source: RingSource;
  #position: number;

  override readonly loadsInOrder: boolean;

  /** Both positions begin at `start`. */
  constructor(start = 0, loadsInOrder = true) {
    super({});
    this.loadsInOrder = loadsInOrder;
    this.#position = start;
    new DataView(this.consumer).setBigUint64(0, BigInt(start), true);
    this.#publish();
    const shape = { name: "ring", type: "ringbuf", keySize: 0, valueSize: 0, maxEntries: size, pagesPerCpu: 0 } as const;
    this.source = new RingSource(new MapHandle(this, shape, new Descriptor(this, 9, "ring")));
  }

  override mmap(_fd: number, length: number): Memory {
    const buffer = length === page ? this.consumer : this.producer;
    return { buffer, address: 0x1000n, unmap: () => undefined };
  }

  #publish(): void {
    new DataView(this.producer).setBigUint64(0, BigInt(this.#position), true);
  }

  /** Writes a record whose first byte is `mark`, as both mappings show it; gives its position. */
  write(bytes: number, mark: number, flags = 0): number {
    const at = this.#position;
    const view = new DataView(this.producer, page);
    for (const copy of [at % size, (at % size) + size]) {
      if (copy + 8 <= 2 * size) view.setUint32(copy, (bytes | flags) >>> 0, true);
      for (let index = 0; index < bytes && copy + 8 + index < 2 * size; index++) view.setUint8(copy + 8 + index, mark);
    }
    for (let index = 0; index < bytes; index++) view.setUint8((at + 8 + index) % size, mark);
    this.#position += (8 + bytes + 7) & ~7;
    this.#publish();
    return at;
  }

  /** As another reader of the same ring does. */
  readElsewhere(position: number): void {
    new DataView(this.consumer).setBigUint64(0, BigInt(position), true);
  }

  /** Clears the busy bit of a record. */
  commit(position: number, bytes: number): void {
    new DataView(this.producer, page).setUint32(position % size, bytes, true);
  }

  get consumed(): number {
    return Number(new DataView(this.consumer).getBigUint64(0, true));
  }

  /** Marks and sizes of what there is. */
  take(capacity = 64): { readonly records: Records; readonly found: readonly (readonly [number, number])[] } {
    const records = new Records(capacity);
    this.source.take(records);
    const found = Array.from({ length: records.length }, (_, index) => {
      const offset = records.offsets[index] ?? 0;
      return [records.view.getUint8(offset), records.sizes[index] ?? 0] as const;
    });
    return { records, found };
  }
}

describe("a ring", () => {
  test("gives records with their sizes, and back only what was released", () => {
    const ring = new Ring();
    for (const [mark, bytes] of [
      [1, 4],
      [2, 16],
      [3, 1],
    ] as const)
      ring.write(bytes, mark);
    const { records, found } = ring.take();
    expect(found).toEqual([
      [1, 4],
      [2, 16],
      [3, 1],
    ]);
    expect(ring.consumed).toBe(0);
    ring.source.release(records, 2);
    expect(ring.consumed).toBe(16 + 24);
    expect(ring.take().found).toEqual([[3, 1]]);
  });

  test("stops at a record that is still being written", () => {
    const ring = new Ring();
    ring.write(8, 1);
    const second = ring.write(8, 2, busy);
    ring.write(8, 3);
    const first = ring.take();
    expect(first.found).toEqual([[1, 8]]);
    ring.source.release(first.records, 1);
    expect(ring.take().found).toEqual([]);
    ring.commit(second, 8);
    expect(ring.take().found).toEqual([
      [2, 8],
      [3, 8],
    ]);
  });

  test("passes over discarded records, and gives their memory back", () => {
    const ring = new Ring();
    ring.write(8, 1, discarded);
    ring.write(8, 2, discarded);
    expect(ring.take().found).toEqual([]);
    expect(ring.consumed).toBe(32);
    ring.write(8, 3);
    ring.write(8, 4, discarded);
    ring.write(8, 5);
    const { records, found } = ring.take();
    expect(found).toEqual([
      [3, 8],
      [5, 8],
    ]);
    ring.source.release(records, 2);
    expect(ring.consumed).toBe(32 + 48);
  });

  test("takes no more than it has room for", () => {
    const ring = new Ring();
    for (let mark = 0; mark < 10; mark++) ring.write(8, mark);
    const { records, found } = ring.take(3);
    expect(found).toEqual([
      [0, 8],
      [1, 8],
      [2, 8],
    ]);
    ring.source.release(records, 3);
    expect(ring.take(3).found).toEqual([
      [3, 8],
      [4, 8],
      [5, 8],
    ]);
  });

  test.each([
    ["the end of the ring", size - 16],
    ["2 GiB", 2 ** 31 - 16],
    ["4 GiB", 2 ** 32 - 16],
    ["a terabyte", 2 ** 40 - 16],
  ])("goes on over %s", (_, start) => {
    const ring = new Ring(start);
    for (let round = 0; round < 3; round++) {
      for (const mark of [1, 2, 3]) ring.write(20, mark);
      const { records, found } = ring.take();
      expect(found).toEqual([
        [1, 20],
        [2, 20],
        [3, 20],
      ]);
      ring.source.release(records, 3);
      expect(ring.consumed).toBe(start + (round + 1) * 3 * 32);
    }
  });

  test("that is full to the last byte is read whole", () => {
    const ring = new Ring(size / 2);
    for (let count = 0; count < size / 32; count++) ring.write(24, count & 0xff);
    const { records, found } = ring.take(1000);
    expect(found).toHaveLength(size / 32);
    ring.source.release(records, found.length);
    expect(ring.consumed).toBe(size / 2 + size);
    expect(ring.take().found).toEqual([]);
  });
});

describe("a ring that somebody else reads", () => {
  const refused = expect.objectContaining({ code: "already-reading" });

  test("between two readings is read on where they ended", () => {
    const ring = new Ring();
    for (const mark of [1, 2, 3]) ring.write(8, mark);
    ring.source.begin();
    const first = ring.take(1);
    ring.source.release(first.records, 1);
    ring.readElsewhere(32);
    ring.source.begin();
    const second = ring.take();
    expect(second.found).toEqual([[3, 8]]);
    ring.source.release(second.records, 1);
    expect(ring.consumed).toBe(48);
  });

  test("during a reading is an error when records are handed back or taken, and the position stays theirs", () => {
    const ring = new Ring();
    for (const mark of [1, 2, 3]) ring.write(8, mark);
    ring.source.begin();
    const { records } = ring.take(2);
    ring.readElsewhere(48);
    expect(() => ring.source.release(records, 2)).toThrow(refused);
    expect(() => ring.take()).toThrow(refused);
    expect(ring.consumed).toBe(48);
  });

  test("between the look at the position and at the records is noticed by a header that cannot be one", () => {
    const ring = new Ring();
    ring.write(8, 1);
    new DataView(ring.producer, page).setUint32(0, 0x1111, true);
    expect(() => ring.take()).toThrow(refused);
  });
});

test("a CPU that loads in any order finds the same records", () => {
  const found = [true, false].map((loadsInOrder) => {
    const ring = new Ring(size - 24, loadsInOrder);
    ring.write(8, 1);
    ring.write(8, 2, discarded);
    const last = ring.write(16, 3, busy);
    const records = new Records(16);
    ring.source.take(records);
    const before = [...records.offsets.subarray(0, records.length)];
    ring.source.release(records, records.length);
    ring.commit(last, 16);
    ring.source.take(records);
    return { before, after: [...records.offsets.subarray(0, records.length)], sizes: [...records.sizes.subarray(0, records.length)] };
  });
  expect(found[0]?.sizes).toEqual([16]);
  expect(found[1]).toEqual(found[0]);
});
