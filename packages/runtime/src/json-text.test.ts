import { expect, test } from "vitest";
import { StructView, zeroed } from "./codegen/index.ts";
import { jsonText } from "./json-text.ts";

class Peer extends StructView {
  get address(): bigint {
    return this.$view.getBigUint64(this.$offset, true);
  }
}

test("integers of 64 bits keep their digits, bytes are arrays, and views have their fields", () => {
  const event = { stamp: 2n ** 64n - 1n, mac: Uint8Array.of(1, 255), ratio: Number.NaN, peer: new Peer(zeroed(8), 0), comm: "sh" };
  expect(jsonText(event)).toBe('{"stamp":18446744073709551615,"mac":[1,255],"ratio":"NaN","peer":{"address":0},"comm":"sh"}');
});
