import { expect, test } from "vitest";
import { ipv4Text, ipv6Text } from "./address-text.ts";

// parity: helpers.addresses
test("an IPv4 address is written from bytes, and from a number as it lies in memory", () => {
  expect(ipv4Text([10, 0, 255, 1])).toBe("10.0.255.1");
  expect(ipv4Text(new Int32Array(Uint8Array.of(192, 168, 1, 200).buffer)[0] ?? 0)).toBe("192.168.1.200");
  expect(ipv4Text(new Uint32Array(Uint8Array.of(192, 168, 1, 200).buffer)[0] ?? 0)).toBe("192.168.1.200");
});

const bytesOf = (...groups: number[]) => Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 0xff]));

test.each([
  [[0, 0, 0, 0, 0, 0, 0, 0], "::"],
  [[0, 0, 0, 0, 0, 0, 0, 1], "::1"],
  [[0xfe80, 0, 0, 0, 0, 0, 0, 0], "fe80::"],
  [[0x2001, 0xdb8, 0, 1, 0, 0, 0, 1], "2001:db8:0:1::1"],
  [[0x2001, 0, 0, 1, 0, 0, 1, 1], "2001::1:0:0:1:1"],
  [[1, 0, 2, 3, 4, 5, 6, 7], "1:0:2:3:4:5:6:7"],
  [[0, 0, 0, 0, 0, 0xffff, 0x0a00, 0x0001], "::ffff:10.0.0.1"],
])("the IPv6 address of %j is %s, from bytes, words and a 128-bit number", (groups, text) => {
  const bytes = bytesOf(...groups);
  expect(ipv6Text(bytes)).toBe(text);
  expect(ipv6Text(new Uint32Array(bytes.buffer))).toBe(text);
  const [low = 0n, high = 0n] = new BigUint64Array(bytes.buffer);
  expect(ipv6Text(low | (high << 64n))).toBe(text);
});

test("an address of another length is refused", () => {
  expect(() => ipv4Text([1, 2, 3])).toThrow(RangeError);
  expect(() => ipv6Text([1, 2, 3, 4, 5])).toThrow(RangeError);
});
