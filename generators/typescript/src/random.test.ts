import fc from "fast-check";
import { expect, test } from "vitest";
import { loadModule } from "./load-module.test.support.ts";
import { randomLayout } from "./random-layout.test.support.ts";

interface Codec {
  readonly size: number;
  decode(view: DataView, offset: number): { toJSON?(): unknown };
  encode(value: unknown, view: DataView, offset: number): void;
}
const isCodec = (value: unknown): value is Codec =>
  value !== null && value !== undefined && typeof Object(value).decode === "function" && typeof Object(value).encode === "function";

/** Bytes of ASCII, so that text in them is read and written without loss. */
function asciiBytes(size: number): DataView {
  return new DataView(Uint8Array.from({ length: size }, (_, index) => (index * 37 + 11) % 128).buffer);
}

/** Values to compare: accessors over memory as what they show. */
const shown = (value: { toJSON?(): unknown }): unknown => value.toJSON?.() ?? value;

test("what a random module reads of any bytes, it reads again from what it writes", async () => {
  let codecs = 0;
  for (const layout of fc.sample(randomLayout, { numRuns: 60, seed: 7 })) {
    const module: Record<string, unknown> = await loadModule(layout);
    for (const codec of Object.values(module).filter(isCodec)) {
      const value = codec.decode(asciiBytes(codec.size), 0);
      const copy = new DataView(new ArrayBuffer(codec.size));
      codec.encode(value, copy, 0);
      expect(shown(codec.decode(copy, 0))).toEqual(shown(value));
      codecs++;
    }
  }
  expect(codecs).toBeGreaterThan(60);
});
