import { expect, test } from "vitest";
import { alignRows, commentLines, stringLiteral } from "./gofmt.ts";

test("the types of neighbouring fields stand in one column, which a comment ends", () => {
  expect(alignRows("\t", [["Pid", "uint32"], ["Timestamp", "uint64"], "\t// Doc.", ["X", "uint8"]])).toEqual([
    "\tPid       uint32",
    "\tTimestamp uint64",
    "\t// Doc.",
    "\tX uint8",
  ]);
});

test("text of others is one paragraph of prose in a comment", () => {
  expect(commentLines("\t", "Pid of\n\t * the\u0000 parent.", null, "More.")).toEqual(["\t// Pid of * the parent. More."]);
  expect(commentLines("", "- item")).toEqual(["// C: - item"]);
  expect(commentLines("", "go:embed secret")).toEqual(["// go:embed secret"]);
  expect(commentLines("", "a\u202eb\u2028c")).toEqual(["// ab c"]);
  expect(commentLines("", "  ", null)).toEqual([]);
});

test("text of others cannot end a string", () => {
  expect(stringLiteral('a"b\\c\n')).toBe('"a\\"b\\\\c\\n"');
});
