import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { sha256 } from "./sha256.ts";

test("the empty input and the standard's example give the standard's digests", () => {
  expect(sha256(new Uint8Array())).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  expect(sha256(new TextEncoder().encode("abc"))).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
});

test("every length around a block boundary agrees with Node's own digest", () => {
  const bytes = Uint8Array.from({ length: 300 }, (_, index) => (index * 7) & 0xff);
  for (let length = 0; length <= bytes.length; length++) {
    const part = bytes.subarray(0, length);
    expect(sha256(part)).toBe(createHash("sha256").update(part).digest("hex"));
  }
});

test("a view into a larger buffer is hashed, not the buffer", () => {
  const buffer = new TextEncoder().encode("xxabcxx");
  expect(sha256(buffer.subarray(2, 5))).toBe(sha256(new TextEncoder().encode("abc")));
});
