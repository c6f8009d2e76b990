import { expect, test } from "vitest";
import { call, chain, type Expression, generic, literal, member, method, paired, prefixed, tried, triedMethod } from "./expressions.ts";
import { arm, assignment, docLines, fieldInit, fieldLine, implementation, signature, stringLiteral, value } from "./rustfmt.ts";

const long = "a".repeat(60);

test.each<[string, Expression, string]>([
  ["a call", call("f", "a", "b"), "f(a, b)"],
  ["a call with more than 60 columns of arguments", tried(call("f", long, "b")), `f(\n    ${long},\n    b,\n)?`],
  ["a call of one wide argument", call("f", long), `f(${long})`],
  ["a call of a call", call("Some", call("g", long, "b")), `Some(g(\n    ${long},\n    b,\n))`],
  ["a chain", chain("f", method("a"), method("b")), "f.a().b()"],
  ["a chain whose root is short keeps its first link there", chain("f", method(long), method("b")), `f.${long}()\n    .b()`],
  ["a chain whose root is long", chain("progs", method(long), triedMethod("b")), `progs\n    .${long}()\n    .b()?`],
  ["a borrowed field", prefixed("&", chain("self", member("x".repeat(95)))), `&self\n    .${"x".repeat(95)}`],
  ["a wide cast", paired(chain(`Self::${long}`, method("b", "x".repeat(30))), "as u32"), `Self::${long}.b(${"x".repeat(30)})\n    as u32`],
  ["a short literal", literal("S", ["a", "a"]), "S { a }"],
  ["a literal", call("Ok", literal("S", ["links", call("new")], ["object", "object"])), "Ok(S {\n    links: new(),\n    object,\n})"],
])("%s is broken where rustfmt breaks it", (_, expression, want) => expect(value("", expression)).toBe(want));

test.each([
  ["a field", fieldLine("    ", "pub pid", "u32"), "    pub pid: u32,"],
  ["a field that is too wide", fieldLine("    ", `pub ${long}`, `[${long}; 2]`), `    pub ${long}:\n        [${long}; 2],`],
  ["a wide generic type", fieldLine("", "pub a", generic("M", long, long)), `pub a: M<\n    ${long},\n    ${long},\n>,`],
  ["a field of a literal", fieldInit("", "x", call("f", long, "b")), `x: f(\n    ${long},\n    b,\n),`],
  ["a signature", signature("", "fn f", ["&self"], "u32"), "fn f(&self) -> u32 {"],
  ["a signature without a result", signature("", "fn f", [], null), "fn f() {"],
  ["a signature that is too wide", signature("", `fn ${long}`, ["&self"], long), `fn ${long}(\n    &self,\n) -> ${long} {`],
  ["a wide signature without parameters", signature("", `fn ${long}`, [], long), `fn ${long}()\n-> ${long} {`],
  ["a wide implementation", implementation("std::fmt::Debug", long + long), `impl std::fmt::Debug\n    for ${long}${long}\n{`],
  ["an assignment", assignment("", "const A: u8 =", "1"), "const A: u8 = 1;"],
  ["an assignment that is too wide", assignment("", `${long} =`, long), `${long} =\n    ${long};`],
  ["an arm", arm("", "1", call("Some", '"A"')), '1 => Some("A"),'],
  ["a wide arm", arm("", "1".repeat(40), call("Some", long)), `${"1".repeat(40)} => {\n    Some(${long})\n}`],
])("%s is broken where rustfmt breaks it", (_, printed, want) => expect(printed).toBe(want));

test("text of others cannot end a string", () => {
  expect(stringLiteral('a"b\\c\n\u202e')).toBe('"a\\"b\\\\c\\u{a}\\u{202e}"');
});

test.each([
  ["see https://a.b/c-d). Or <http://x>", ["/// see <https://a.b/c-d>). Or <http://x>"]],
  ["`a[1]` and ` [b] \\[c] \\", ["/// `a[1]` and \\` \\[b\\] \\\\\\[c\\] \\\\"]],
  ["as:\n```c\nint a[1];\n```\n[b]", ["/// as:", "/// ```text", "/// int a[1];", "/// ```", "/// \\[b\\]"]],
  ["~~~\n```\n  {", ["/// ~~~text", "/// ```", "///   {", "/// ~~~"]],
  ["a\u202eb\u2028c\0", ["/// ab", "/// c"]],
])("a doc comment of %j is safe for rustdoc", (text, lines) => expect(docLines("", text)).toEqual(lines));

test("text of others is prose in a doc comment: no link, no tag, no list, no code", () => {
  expect(docLines("  ", "see [x] <b>\n\t- item\n\n1. first", null, "  ")).toEqual([
    "  /// see \\[x\\] \\<b\\>",
    "  /// \\- item",
    "  ///",
    "  /// \\1. first",
  ]);
});
