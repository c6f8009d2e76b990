import { describe, expect, test } from "vitest";
import { types } from "./build-types.test.support.ts";
import { typesCompatible } from "./compatible.ts";
import { typesMatch } from "./matches.ts";

type Make = Parameters<typeof types>[0];
type Case = [what: string, local: Make, target: Make, expected: boolean];

const point: Make = (t) =>
  t.struct("point", 8, [
    ["x", t.int, 0],
    ["y", t.u32, 32],
  ]);
const longer: Make = (t) =>
  t.struct("point", 16, [
    ["z", t.int, 0],
    ["y", t.u32, 64],
    ["x", t.int, 96],
  ]);
const pointerTo =
  (make: Make): Make =>
  (t) =>
    t.pointer(make(t));

describe("a type of the object is compatible with one of the kernel", () => {
  test.each<Case>([
    ["structs, whatever their members", point, (t) => t.struct("point", 0, []), true],
    ["a struct and a union", point, (t) => t.composite("union", "point", 8, []), false],
    ["integers of different size", (t) => t.int, (t) => t.u64, true],
    ["pointers to the same kind", pointerTo(point), pointerTo(longer), true],
    ["pointers to different kinds", pointerTo(point), (t) => t.pointer(t.int), false],
    ["arrays of the same kind", (t) => t.array(t.int, 3), (t) => t.array(t.u8, 9), true],
    ["a typedef and what it stands for", (t) => t.typedef("t", t.int), (t) => t.int, true],
    ["functions with the same parameters", (t) => t.prototype(t.int, t.u32), (t) => t.prototype(t.u64, t.u8), true],
    ["functions with more parameters", (t) => t.prototype(t.int, t.u32), (t) => t.prototype(t.int), false],
    ["functions with other parameters", (t) => t.prototype(t.int, t.u32), (t) => t.prototype(t.int, t.pointer(0)), false],
    ["functions with other results", (t) => t.prototype(t.int), (t) => t.prototype(0), false],
    ["32-bit and 64-bit enums", (t) => t.enumeration("e", { A: 1n }), (t) => t.enumeration("e", { A: 1n }, true), true],
  ])("%s", (_, local, target, expected) => {
    const [mine, theirs] = [types(local), types(target)];
    expect(typesCompatible(mine.btf, mine.id, theirs.btf, theirs.id)).toBe(expected);
  });
});

describe("a type of the kernel matches one of the object", () => {
  test.each<Case>([
    ["all members are there, in any order", point, longer, true],
    ["a member is missing", longer, point, false],
    [
      "a member has another size",
      point,
      (t) =>
        t.struct("point", 16, [
          ["x", t.int, 0],
          ["y", t.u64, 64],
        ]),
      false,
    ],
    [
      "a member has another sign",
      point,
      (t) =>
        t.struct("point", 8, [
          ["x", t.u32, 0],
          ["y", t.u32, 32],
        ]),
      false,
    ],
    ["behind a pointer only the name counts", pointerTo(longer), pointerTo(point), true],
    ["a forward declaration behind a pointer", pointerTo((t) => t.forward("point")), pointerTo(point), true],
    ["a struct, of which the kernel has a forward declaration", pointerTo(point), pointerTo((t) => t.forward("point")), true],
    ["a union's forward declaration behind a pointer", pointerTo((t) => t.forward("point", "union")), pointerTo(point), false],
    ["a forward declaration that is not behind a pointer", (t) => t.forward("point"), point, false],
    [
      "another name",
      point,
      (t) =>
        t.struct("dot", 8, [
          ["x", t.int, 0],
          ["y", t.u32, 32],
        ]),
      false,
    ],
    ["a flavor", (t) => t.struct("point___x", 4, [["x", t.int, 0]]), longer, true],
    ["enums with all names", (t) => t.enumeration("e", { A: 1n }), (t) => t.enumeration("e", { B: 1n, A: 2n }), true],
    ["enums with a missing name", (t) => t.enumeration("e", { A: 1n, C: 3n }), (t) => t.enumeration("e", { B: 1n, A: 2n }), false],
    ["arrays of another length", (t) => t.array(t.int, 3), (t) => t.array(t.int, 4), false],
    ["functions with the same types", (t) => t.prototype(t.int, t.u32), (t) => t.prototype(t.int, t.u32), true],
    ["functions with other types", (t) => t.prototype(t.int, t.u32), (t) => t.prototype(t.int, t.u64), false],
  ])("%s", (_, local, target, expected) => {
    const [mine, theirs] = [types(local), types(target)];
    expect(typesMatch(mine.btf, mine.id, theirs.btf, theirs.id)).toBe(expected);
  });
});

test("types that contain themselves without end do not match and do not hang", () => {
  const endless = types((t) => {
    const next = t.int + 4;
    return t.pointer(next);
  });
  expect(typesMatch(endless.btf, endless.id, endless.btf, endless.id)).toBe(false);
  expect(typesCompatible(endless.btf, endless.id, endless.btf, endless.id)).toBe(false);
});
