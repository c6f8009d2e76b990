import { describe, expect, test } from "vitest";
import {
  array,
  bool,
  char,
  composite,
  enumeration,
  field,
  float,
  int,
  layoutOfTypes,
  named,
  pointer,
  pointerToTag,
  s32,
  typedef,
  u8,
  u32,
  u64,
} from "./layout.test-support.ts";
import { unitNames } from "./names.ts";
import { Spelling } from "./spelling.ts";
import { type Side, TypeNames } from "./type-names.ts";

const layout = layoutOfTypes(
  composite("struct", 0, "event", "event", 4, 4, [field("pid", 0, u32, 4)]),
  typedef(1, "__u32", u32),
  typedef(2, "u32", named(1)),
  enumeration(3, "color", "color", { RED: "0" }),
  typedef(4, "text_t", array(char, 8)),
  composite("struct", 5, null, "event.addr", 4, 4, [field("v4", 0, u32, 4)]),
  composite("struct", 6, null, "handle_t", 4, 4, [field("id", 0, u32, 4)]),
  typedef(7, "handle_t", named(6), "handle_t~typedef"),
  composite("struct", 8, "in6_addr", "in6_addr", 16, 1, [field("bytes", 0, array(u8, 16), 16)]),
  typedef(9, "dev_t", u32),
  typedef(10, "long_t", u64),
);
const spelling = (side: Side = "user") => new Spelling(layout, new TypeNames(layout, unitNames("hello"), side));

describe("a declaration", () => {
  test.each([
    [u8, "unsigned char x"],
    [int(1, true), "signed char x"],
    [char, "char x"],
    [bool, "bool x"],
    [s32, "int x"],
    [u64, "unsigned long long x"],
    [int(16, true), "__int128 x"],
    [float(8), "double x"],
    [float(2), "unsigned char x[2]"],
    [array(array(s32, 3), 2), "int x[2][3]"],
    [pointer(), "void *x"],
    [pointer(array(char, 16)), "char (*x)[16]"],
    [array(pointer(u32), 4), "unsigned int *x[4]"],
    [pointer({ kind: "function" }), "void (*x)(void)"],
    [pointerToTag("struct", "task_struct"), "struct task_struct *x"],
    [pointerToTag("struct", "class"), "struct class_ *x"],
    [pointerToTag("enum", "color"), "void *x"],
    [pointerToTag("union", null), "void *x"],
    // the object has an enum of this name, and C++ one namespace for both
    [pointerToTag("struct", "color"), "void *x"],
    [named(0), "struct event x"],
    [pointer(named(0)), "struct event *x"],
    [named(2), "__u32 x"],
    [pointer(named(2)), "__u32 *x"],
    [named(3), "enum color x"],
    [pointer(named(3)), "void *x"],
    [named(4), "text_t x"],
    [named(5), "struct hello_event_addr x"],
    [named(7), "handle_t x"],
    [pointer(named(7)), "void *x"],
    [named(8), "struct hello_in6_addr x"],
    // the system's dev_t has 8 bytes
    [named(9), "unsigned int x"],
    [named(10), "long_t x"],
  ])("of %j is %s", (type, want) => {
    expect(spelling().declare(type, "x")).toBe(want);
  });

  test("beside vmlinux.h uses its names, and sees through 8-byte typedefs that may be long there", () => {
    expect(spelling("bpf").declare(named(2), "x")).toBe("u32 x");
    expect(spelling("bpf").declare(named(10), "x")).toBe("unsigned long long x");
  });

  test("remembers the tags that pointers need to be declared", () => {
    const one = spelling();
    one.declare(pointerToTag("struct", "task_struct"), "x");
    one.declare(pointer(named(0)), "x");
    expect([...one.forwards]).toEqual(["struct task_struct", "struct event"]);
  });
});

test.each([
  ["of errno.h", { EPERM: "1", NULLISH: "3" }, ["HELLO_EPERM", "HELLO_NULLISH"]],
  ["of linux/bpf.h", { BPF_ANY: "0" }, ["HELLO_BPF_ANY"]],
  ["of no header", { EVENT_START: "0", EVENT_END: "1" }, ["EVENT_START", "EVENT_END"]],
])("an enum with a constant %s", (_, values, want) => {
  const decl = enumeration(0, "own", "own", values);
  expect(new TypeNames(layoutOfTypes(decl), unitNames("hello"), "user").enumerators(decl)).toEqual(want);
});

describe("a parameter", () => {
  test.each([
    [u32, "const unsigned int *key", "(const unsigned int *)"],
    [named(0), "const struct event *key", "(const struct event *)"],
    [array(char, 16), "const char key[16]", "(const char *)"],
    [array(array(s32, 3), 2), "const int key[2][3]", "(const int(*)[3])"],
    [pointer(), "void *const *key", "(void *const *)"],
    [named(4), "const text_t *key", "(const text_t *)"],
    [null, "const void *key", ""],
  ])("for one %j is %s", (type, want, cast) => {
    expect(spelling().parameter(type, "key", { constant: true })).toBe(want);
    expect(spelling().cast(type)).toBe(cast);
  });

  test.each([
    [u32, "const unsigned int *values", "(const unsigned int *)"],
    [array(char, 16), "const char (*values)[16]", "(const char(*)[16])"],
    [null, "const void *values", ""],
  ])("for many %j is %s", (type, want, cast) => {
    expect(spelling().arrayParameter(type, "values", { constant: true })).toBe(want);
    expect(spelling().arrayCast(type)).toBe(cast);
  });
});
