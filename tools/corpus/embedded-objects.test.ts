import { expect, test } from "vitest";
import { embeddedObjects } from "./embedded-objects.ts";

/** The smallest BPF object: a header, the null section and the names of sections. */
function smallest(): Uint8Array {
  const bytes = new Uint8Array(64 + 8 + 2 * 64);
  const view = new DataView(bytes.buffer);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setUint16(16, 1, true);
  view.setUint16(18, 247, true);
  view.setBigUint64(40, 72n, true);
  for (const [index, value] of [64, 2, 1].entries()) view.setUint16(58 + index * 2, value, true);
  view.setUint32(72 + 64 + 4, 3, true);
  view.setBigUint64(72 + 64 + 24, 64n, true);
  view.setBigUint64(72 + 64 + 32, 8n, true);
  return bytes;
}

const object = smallest();
const join = (...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array => new Uint8Array(parts.flatMap((part) => [...part]));

test("objects are found at any offset, each with its true length", () => {
  expect(embeddedObjects(join([1, 2, 3], object, new Uint8Array(100), object, [0x7f]))).toEqual([object, object]);
});

test("an object in the middle of another file's bytes is a view, not a copy", () => {
  const file = join([0], object);
  expect(embeddedObjects(file)[0]?.buffer).toBe(file.buffer);
});

test.each([
  ["nothing", []],
  ["the beginning of a header", [0x7f, 0x45, 0x4c, 0x46]],
  ["an object that is cut", object.subarray(0, object.length - 1)],
  ["a header of another machine", object.with(18, 62)],
])("%s is no object", (_what, bytes) => expect(embeddedObjects(join([9], bytes))).toEqual([]));
