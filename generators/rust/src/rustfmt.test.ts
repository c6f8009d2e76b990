import { expect, test } from "vitest";
import { assignment, call, chain, docLines, fieldLine, signature, someArm, stringLiteral } from "./rustfmt.ts";

const long = "a".repeat(60);

test.each([
  ["a field", fieldLine("    ", "pub pid", "u32"), "    pub pid: u32,"],
  ["a field that is too wide", fieldLine("    ", `pub ${long}`, `[${long}; 2]`), `    pub ${long}:\n        [${long}; 2],`],
  ["a signature", signature("", "fn f", ["&self"], "u32"), "fn f(&self) -> u32 {"],
  ["a signature without a result", signature("", "fn f", [], null), "fn f() {"],
  ["a signature that is too wide", signature("", `fn ${long}`, ["&self"], long), `fn ${long}(\n    &self,\n) -> ${long} {`],
  ["a call", call("", "f", ["a", "b"], "?"), "f(a, b)?"],
  ["a call with more than 60 columns of arguments", call("", "f", [long, "b"], "?"), `f(\n    ${long},\n    b,\n)?`],
  ["a chain", chain("", "f", [".a()", ".b()"]), "f.a().b()"],
  ["a chain whose root is short keeps its first link there", chain("", "f", [`.${long}()`, ".b()"]), `f.${long}()\n    .b()`],
  ["a chain whose root is long", chain("", "progs", [`.${long}()`, ".b()?"], "x: ", ","), `x: progs\n    .${long}()\n    .b()?,`],
  ["an assignment", assignment("", "const A: u8", "1"), "const A: u8 = 1;"],
  ["an assignment that is too wide", assignment("", long, long), `${long} =\n    ${long};`],
  ["an arm", someArm("", "1", '"A"'), '1 => Some("A"),'],
])("%s is broken where rustfmt breaks it", (_, printed, want) => expect(printed).toBe(want));

test("text of others cannot end a string", () => {
  expect(stringLiteral('a"b\\c\n\u202e')).toBe('"a\\"b\\\\c\\u{a}\\u{202e}"');
});

test("text of others is prose in a doc comment: no link, no tag, no list, no code", () => {
  expect(docLines("  ", "see [x] <b>\n\t- item\n\n1. first", null, "  ")).toEqual([
    "  /// see \\[x\\] \\<b\\>",
    "  /// \\- item",
    "  ///",
    "  /// \\1. first",
  ]);
});
