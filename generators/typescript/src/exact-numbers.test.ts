import { beforeAll, expect, test } from "vitest";
import { emitOptions, goldenLayout, loadModule } from "./load-module.test.support.ts";

interface Codec {
  readonly size: number;
  decode(view: DataView, offset: number): Record<string, unknown>;
  encode(value: Record<string, unknown>, view: DataView, offset: number): void;
}

let shapes: Readonly<Record<"Arrays" | "Bits" | "Packed" | "Scalars", Codec>>;
beforeAll(async () => {
  shapes = await loadModule(await goldenLayout("shapes"), { ...emitOptions, u64: "number" });
});

const zeroed = (codec: Codec): DataView => new DataView(new ArrayBuffer(codec.size));

test.each([
  ["Bits", "d", 0xab_cdef_0123],
  ["Packed", "value", 2 ** 53 - 1],
  ["Arrays", "slots", [1, 2 ** 40]],
] as const)("with --u64 number, 64 bits of %s are numbers, and read as they were written", (name, member, value) => {
  const view = zeroed(shapes[name]);
  const written = { ...shapes[name].decode(view, 0), [member]: value };
  shapes[name].encode(written, view, 0);
  expect(shapes[name].decode(view, 0)).toEqual(written);
});

test("a value that a number would round is an error, when it is read and when it is written", () => {
  const view = zeroed(shapes.Packed);
  const value = shapes.Packed.decode(view, 0);
  view.setBigUint64(1, 2n ** 63n + 1n, true);
  expect(() => shapes.Packed.decode(view, 0)).toThrow("value: 9223372036854775809 is no integer from");
  expect(() => shapes.Packed.encode({ ...value, value: 2 ** 60 }, view, 0)).toThrow(expect.objectContaining({ code: "not-exact" }));
  expect(() => shapes.Packed.encode({ ...value, value: -1 }, view, 0)).toThrow("-1 does not fit in value, which holds");
});

test("addresses, enums of 64 bits and integers of 128 bits stay bigints", () => {
  expect(shapes.Scalars.decode(zeroed(shapes.Scalars), 0)).toMatchObject({ address: 0n, next: 0n, huge: 0n, wide: 0n });
});
