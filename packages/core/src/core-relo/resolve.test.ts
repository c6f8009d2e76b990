import { describe, expect, test } from "vitest";
import { type CoreKind, readBtf } from "../btf/index.ts";
import { Types, types } from "./build-types.test.support.ts";
import { CoreResolver, type Resolution } from "./resolve.ts";

type Make = Parameters<typeof types>[0];

/** Resolves one relocation of the object's type against a kernel. */
function resolve(local: Make, target: Make, kind: CoreKind, access: string, endianness: "little" | "big" = "little"): Resolution {
  const object = types(local, endianness);
  return new CoreResolver(object.btf, types(target, endianness).btf).resolve({ type: object.id, access, kind });
}

const localPoint: Make = (t) =>
  t.struct("point___mine", 8, [
    ["x", t.int, 0],
    ["y", t.u32, 32],
  ]);
const widerPoint: Make = (t) =>
  t.struct("point", 32, [
    ["name", t.array(t.u8, 16), 0],
    ["x", t.integer("long", 8, true), 128],
    ["y", t.u64, 192],
  ]);

describe("fields", () => {
  test.each<[CoreKind, string, bigint, bigint]>([
    ["byte_offset", "0:1", 4n, 24n],
    ["byte_size", "0:1", 4n, 8n],
    ["exists", "0:1", 1n, 1n],
    ["signed", "0:0", 1n, 1n],
    ["signed", "0:1", 0n, 0n],
    ["lshift_u64", "0:1", 32n, 0n],
    ["rshift_u64", "0:1", 32n, 0n],
  ])("%s of %s is %i in the object and %i in the kernel", (kind, access, original, value) => {
    expect(resolve(localPoint, widerPoint, kind, access)).toMatchObject({ original, value, poison: false });
  });

  test("the index of the root counts whole structs", () => {
    expect(resolve(localPoint, widerPoint, "byte_offset", "2:1")).toMatchObject({ original: 20n, value: 88n });
  });

  test("on a big-endian kernel a field is shifted to the left by its distance from the start of 8 bytes", () => {
    expect(resolve(localPoint, localPoint, "lshift_u64", "0:1", "big").value).toBe(32n);
  });

  test("a load of an unsigned field may change its size, that of a signed one may not", () => {
    expect(resolve(localPoint, widerPoint, "byte_offset", "0:1").resize).toEqual({ from: 4, to: 8, safe: true });
    expect(resolve(localPoint, widerPoint, "byte_offset", "0:0").resize).toEqual({ from: 4, to: 8, safe: false });
  });

  test("a field that the kernel lacks does not exist, and what needs it is poisoned", () => {
    const without: Make = (t) => t.struct("point", 4, [["x", t.int, 0]]);
    expect(resolve(localPoint, without, "exists", "0:1")).toMatchObject({ value: 0n, poison: false });
    expect(resolve(localPoint, without, "byte_offset", "0:1")).toMatchObject({ poison: true });
    expect(resolve(localPoint, without, "byte_size", "0:1")).toMatchObject({ poison: true });
  });

  test("a field of another kind is not the same field", () => {
    const other: Make = (t) =>
      t.struct("point", 8, [
        ["x", t.int, 0],
        ["y", t.pointer(t.int), 64],
      ]);
    expect(resolve(localPoint, other, "exists", "0:1").value).toBe(0n);
  });

  test("a field is found in anonymous members, and steps through anonymous members of the object are not looked for", () => {
    const local: Make = (t) => t.struct("s", 8, [["", t.composite("union", "", 4, [["a", t.u32, 0]]), 32]]);
    const target: Make = (t) => {
      const inner = t.struct("", 8, [
        ["b", t.u32, 0],
        ["a", t.u32, 32],
      ]);
      return t.struct("s", 24, [["", t.composite("union", "", 8, [["", inner, 0]]), 128]]);
    };
    expect(resolve(local, target, "byte_offset", "0:0:0")).toMatchObject({ original: 4n, value: 20n });
  });

  test("an access goes through typedefs, members of members and array elements", () => {
    const local: Make = (t) => {
      const element = t.typedef(
        "pair_t",
        t.struct("pair", 8, [
          ["one", t.u32, 0],
          ["two", t.u32, 32],
        ]),
      );
      return t.struct("s", 36, [
        ["head", t.u32, 0],
        ["pairs", t.array(element, 4), 32],
      ]);
    };
    const target: Make = (t) => {
      const element = t.struct("pair", 16, [
        ["two", t.u32, 96],
        ["one", t.u32, 0],
      ]);
      return t.struct("s", 80, [["pairs", t.array(element, 5), 0]]);
    };
    expect(resolve(local, target, "byte_offset", "0:1:3:1")).toMatchObject({ original: 32n, value: 60n });
  });

  test("an element that the kernel's array does not have is absent, but a flexible array has every element", () => {
    const array =
      (length: number): Make =>
      (t) =>
        t.struct("s", 4 + 4 * length, [
          ["n", t.u32, 0],
          ["data", t.array(t.u32, length), 32],
        ]);
    expect(resolve(array(8), array(4), "exists", "0:1:5").value).toBe(0n);
    expect(resolve(array(8), array(0), "byte_offset", "0:1:5")).toMatchObject({ original: 24n, value: 24n });
    expect(resolve(array(0), array(8), "byte_offset", "0:1:5")).toMatchObject({ original: 24n, value: 24n });
  });

  test("arrays are fields of one kind if their elements are", () => {
    const array =
      (element: (t: Types) => number): Make =>
      (t) =>
        t.struct("s", 64, [["data", t.array(element(t), 4), 0]]);
    expect(
      resolve(
        array((t) => t.u32),
        array((t) => t.u8),
        "exists",
        "0:0",
      ).value,
    ).toBe(1n);
    expect(
      resolve(
        array((t) => t.u32),
        array((t) => t.pointer(0)),
        "exists",
        "0:0",
      ).value,
    ).toBe(0n);
  });

  test("enums are fields of one kind if their names are, flavors aside", () => {
    const holder =
      (name: string): Make =>
      (t) =>
        t.struct("s", 4, [["e", t.enumeration(name, { A: 0n }), 0]]);
    expect(resolve(holder("state___old"), holder("state"), "exists", "0:0").value).toBe(1n);
    expect(resolve(holder("state"), holder("mode"), "exists", "0:0").value).toBe(0n);
    expect(resolve(holder("state"), holder(""), "exists", "0:0").value).toBe(1n);
  });
});

describe("bit-fields", () => {
  const bits =
    (before: number, width: number, signed = false): Make =>
    (t) =>
      t.struct("flags", 16, [
        ["before", t.u32, 0, before],
        ["it", signed ? t.int : t.u32, before, width],
      ]);

  test.each<[string, CoreKind, bigint]>([
    ["offset of its 4-byte unit", "byte_offset", 4n],
    ["size of its unit", "byte_size", 4n],
    ["left shift", "lshift_u64", 64n - (3n + 5n)],
    ["right shift", "rshift_u64", 64n - 5n],
    ["sign", "signed", 0n],
  ])("the %s is that of the kernel", (_, kind, value) => {
    expect(resolve(bits(3, 4), bits(35, 5), kind, "0:1").value).toBe(value);
  });

  test("one that goes over the end of its unit is read with a wider load", () => {
    expect(resolve(bits(3, 4), bits(30, 8), "byte_size", "0:1").value).toBe(8n);
    expect(resolve(bits(3, 4), bits(30, 8), "byte_offset", "0:1").value).toBe(0n);
  });

  test("the compiler's own choice is not held against it, but the sign is", () => {
    expect(resolve(bits(3, 4), bits(35, 5), "byte_offset", "0:1").validate).toBe(false);
    expect(resolve(bits(3, 4, true), bits(35, 5, true), "signed", "0:1")).toMatchObject({ value: 1n, validate: true });
  });

  test("one that no load of 8 bytes holds is an error", () => {
    expect(() => resolve(bits(3, 4), bits(60, 8), "byte_size", "0:1")).toThrow(expect.objectContaining({ code: "bit-field-too-wide" }));
  });
});

describe("types", () => {
  const kernel: Make = (t) => {
    t.typedef("cookie_t", t.u64);
    return t.struct("point", 24, [["x", t.int, 0]]);
  };

  test.each<[CoreKind, bigint]>([
    ["type_exists", 1n],
    ["type_size", 24n],
    ["type_id_target", 6n],
    ["type_matches", 0n],
  ])("%s of a struct of the same name is %i", (kind, value) => {
    expect(resolve(localPoint, kernel, kind, "0").value).toBe(value);
  });

  test.each<CoreKind>(["type_exists", "type_size", "type_id_target", "type_matches"])("%s of a type that is not there is 0", (kind) => {
    expect(resolve((t) => t.struct("absent", 4, []), kernel, kind, "0")).toMatchObject({ value: 0n, poison: false });
  });

  test("a typedef is found among typedefs only", () => {
    expect(resolve((t) => t.typedef("cookie_t", t.u32), kernel, "type_exists", "0").value).toBe(1n);
    expect(resolve((t) => t.struct("cookie_t", 8, []), kernel, "type_exists", "0").value).toBe(0n);
  });

  test("the local id is what it is, with no kernel type looked for", () => {
    const object = types(localPoint);
    const resolver = new CoreResolver(object.btf, types((t) => t.int).btf);
    expect(resolver.resolve({ type: object.id, access: "0", kind: "type_id_local" })).toMatchObject({
      value: BigInt(object.id),
      validate: false,
    });
  });
});

describe("enumerators", () => {
  const local: Make = (t) => t.enumeration("mode___mine", { ONE: 1n, TWO___old: 2n, GONE: 3n });
  const kernel: Make = (t) => t.enumeration("mode", { ZERO: 0n, TWO: 7n, ONE: -1n });

  test.each<[string, string, bigint]>([
    ["ONE", "0", -1n],
    ["TWO, flavors aside", "1", 7n],
  ])("the value of %s is that of the kernel", (_, access, value) => {
    expect(resolve(local, kernel, "enumval_value", access).value).toBe(value);
    expect(resolve(local, kernel, "enumval_exists", access).value).toBe(1n);
  });

  test("one that is gone does not exist, and its value is poisoned", () => {
    expect(resolve(local, kernel, "enumval_exists", "2")).toMatchObject({ value: 0n, poison: false });
    expect(resolve(local, kernel, "enumval_value", "2").poison).toBe(true);
  });

  test("a 64-bit enum in the kernel answers for a 32-bit one in the object", () => {
    const wide: Make = (t) => t.enumeration("mode", { ONE: 0x1_0000_0000_0001n }, true);
    expect(resolve(local, wide, "enumval_value", "0").value).toBe(0x1_0000_0000_0001n);
  });
});

describe("candidates", () => {
  const two =
    (first: number, second: number): Make =>
    (t) => {
      t.struct("point", 8, [["y", t.u32, first]]);
      return t.struct("point___other", 16, [["y", t.u32, second]]);
    };

  test("two types of a name that agree are one answer", () => {
    expect(resolve(localPoint, two(32, 32), "byte_offset", "0:1").value).toBe(4n);
  });

  test("two types of a name that do not agree are an error, also where only existence is asked", () => {
    expect(() => resolve(localPoint, two(32, 64), "byte_offset", "0:1")).toThrow(expect.objectContaining({ code: "ambiguous" }));
    expect(() => resolve(localPoint, two(32, 64), "exists", "0:1")).toThrow(expect.objectContaining({ code: "ambiguous" }));
  });

  test("modules are asked for what the kernel lacks, and only for that", () => {
    const object = types(localPoint);
    const kernel = types((t) => t.struct("other", 4, [])).btf;
    const builder = new Types(kernel);
    builder.struct("point", 64, [["y", builder.u32, 256]]);
    const module = readBtf(builder.build(), { base: kernel });
    let asked = 0;
    const resolver = new CoreResolver(object.btf, kernel, () => {
      asked++;
      return [module];
    });
    expect(resolver.resolve({ type: object.id, access: "0:1", kind: "byte_offset" }).value).toBe(32n);
    expect(resolver.resolve({ type: object.id, access: "0:1", kind: "exists" }).value).toBe(1n);
    expect(asked).toBe(1);
  });
});

describe("bad relocations", () => {
  test.each<[string, CoreKind]>([
    ["", "byte_offset"],
    ["0:", "byte_offset"],
    ["a", "byte_offset"],
    ["0:9", "byte_offset"],
    ["0:0:0", "byte_offset"],
    ["0:1", "type_size"],
    ["5", "enumval_value"],
    [Array(65).fill("0").join(":"), "byte_offset"],
  ])('"%s" for %s is refused', (access, kind) => {
    expect(() => resolve(localPoint, widerPoint, kind, access)).toThrow(expect.objectContaining({ code: "bad-access" }));
  });

  test("a shift of an array element is refused", () => {
    const array: Make = (t) => t.struct("s", 16, [["data", t.array(t.u32, 4), 0]]);
    expect(() => resolve(array, array, "lshift_u64", "0:0:1")).toThrow(expect.objectContaining({ code: "bad-access" }));
  });

  test("an anonymous type cannot be looked for", () => {
    expect(() => resolve((t) => t.struct("", 4, [["x", t.int, 0]]), widerPoint, "byte_offset", "0:0")).toThrow(
      expect.objectContaining({ code: "unnamed-type" }),
    );
  });
});
