import { expect, test } from "vitest";
import { alignRows, stringLiteral } from "./gofmt.ts";

test("the types of neighbouring fields stand in one column, which a comment ends", () => {
  expect(alignRows("\t", [["Pid", "uint32"], ["Timestamp", "uint64"], "\t// Doc.", ["X", "uint8"]])).toEqual([
    "\tPid       uint32",
    "\tTimestamp uint64",
    "\t// Doc.",
    "\tX uint8",
  ]);
});

test("text of others cannot end a string", () => {
  expect(stringLiteral('a"b\\c\n')).toBe('"a\\"b\\\\c\\n"');
});
