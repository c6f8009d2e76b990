import { expect, test } from "vitest";
import { scalars } from "../codec.ts";
import { RecordBatch } from "./batch.ts";
import { RecordDecoder } from "./record-decoder.ts";
import { Records } from "./records.ts";

const { u16 } = scalars("little");

/** Two records, of two and of four bytes. */
function batchOfTwo(): { batch: RecordBatch<number>; view: DataView } {
  const records = new Records(2);
  records.view = new DataView(Uint8Array.from([9, 9, 1, 2, 3, 4, 5, 6]).buffer, 2);
  records.offsets.set([0, 2]);
  records.sizes.set([2, 4]);
  records.length = 2;
  const batch = new RecordBatch(records, u16, { minBytes: 2, maxBytes: 4 }, "events");
  batch.valid = true;
  return { batch, view: records.view };
}

test("a record is given decoded, and as all of its bytes", () => {
  const { batch } = batchOfTwo();
  expect(batch.at(1)).toBe(0x0403);
  expect([...batch.bytesAt(1)]).toEqual([3, 4, 5, 6]);
});

test("the bytes of a record do not change with the memory", () => {
  const { batch, view } = batchOfTwo();
  const bytes = batch.bytesAt(0);
  view.setUint8(0, 7);
  expect([...bytes]).toEqual([1, 2]);
});

test.each([-1, 2, 0.5, Number.NaN])("there is no record %d in a batch of two", (index) => {
  const { batch } = batchOfTwo();
  expect(() => batch.at(index)).toThrow(RangeError);
  expect(() => batch.bytesAt(index)).toThrow(RangeError);
});

test("a record of another length than its stream has is an error that says both", () => {
  const { batch } = batchOfTwo();
  const decoder = new RecordDecoder(u16, { minBytes: 2, maxBytes: 2 }, "events");
  const records = new Records(2);
  records.view = new DataView(new ArrayBuffer(8));
  records.sizes.set([1, 4]);
  records.length = 2;
  expect(batch.at(1)).toBe(0x0403);
  expect(() => decoder.decode(records, 0)).toThrow(expect.objectContaining({ code: "event-too-short" }));
  expect(() => decoder.decode(records, 1)).toThrow("a record of 4 bytes in events, where 2 at most are expected");
});

test("a batch that was handed back throws", () => {
  const { batch } = batchOfTwo();
  batch.valid = false;
  expect(() => batch.bytesAt(0)).toThrow(expect.objectContaining({ code: "closed" }));
  expect(() => batch.length).toThrow(expect.objectContaining({ code: "closed" }));
});
