import { allocateNames } from "@lbc/emit";
import { describe, expect, test } from "vitest";
import { cNames, commentLines, commentText, FunctionNames, quote, unitNames } from "./names.ts";

describe("names of one skeleton", () => {
  test.each([
    ["hello", "hello", "hello_bpf", "HELLO"],
    ["my-tool.2", "my_tool_2", "my_tool_2_bpf", "MY_TOOL_2"],
    ["3com", "_3com", "_3com_bpf", "_3COM"],
    ["class", "class", "class_bpf", "CLASS"],
  ])("an object %s has the prefixes %s, %s and %s", (object, unit, skeleton, macro) => {
    expect(unitNames(object)).toEqual({ unit, skeleton, macro });
  });

  test("two functions that would have one name get two", () => {
    const names = new FunctionNames("hello_bpf", [
      ["set", "max_entries_x"],
      ["set_max_entries", "x"],
      ["_fn", "events"],
      ["", "bss"],
    ]);
    expect(names.get("set", "max_entries_x")).toBe("hello_bpf__set_max_entries_x");
    expect(names.get("set_max_entries", "x")).toBe("hello_bpf__set_max_entries_x_2");
    expect(names.get("_fn", "events")).toBe("hello_bpf__events_fn");
    expect(names.get("", "bss")).toBe("hello_bpf__bss");
    expect(() => names.get("poll", "events")).toThrow(RangeError);
  });

  test("words of C, of C++ and macros of the system's headers are escaped", () => {
    expect(allocateNames(["int", "class", "co_await", "linux", "errno", "x"], cNames)).toEqual([
      "int_",
      "class_",
      "co_await_",
      "linux_",
      "errno_",
      "x",
    ]);
  });
});

test.each([
  ["plain", '"plain"'],
  ['a"b\\c??/', '"a\\"b\\\\c\\?\\?/"'],
  ["tab\t1", '"tab\\0111"'],
  ["ü", '"\\303\\274"'],
])("the text %j is the C literal %s", (text, literal) => {
  expect(quote(text)).toBe(literal);
});

test.each([
  ["one line", "one line"],
  ["two\n lines", "two lines"],
  ["ends */ early /* or not", "ends * / early / * or not"],
])("%j stands in a comment as %j", (text, comment) => {
  expect(commentText(text)).toBe(comment);
});

test.each([
  ["one line", ["/* one line */"]],
  ["two\n\t lines\r\n\n\n\n/ends */\n", ["/*", " * two", " * lines", " *", " * /ends * /", " */"]],
  ["ends in \\\n/", ["/*", " * ends in \\", " * /", " */"]],
])("%j is the comment %j", (text, lines) => {
  expect(commentLines(text)).toEqual(lines);
});
