import { expect, test } from "vitest";
import { docString, docText, importLine, literal, sorted } from "./strings.ts";

test.each([
  ["plain", '"plain"'],
  ['a "quoted" word', "'a \"quoted\" word'"],
  [`both ' and "`, '"both \' and \\""'],
  ["back\\slash\n\u0001", '"back\\\\slash\\n\\u0001"'],
])("the literal of %j is %s", (text, want) => expect(literal(text)).toBe(want));

test.each([
  ["two\nlines\tand\u0000more", "two lines and more"],
  ["right\u202eleft", "rightleft"],
  ['ends with "', 'ends with \\"'],
  ['"""', '\\"\\"\\"'],
  ["\\n", "\\\\n"],
  [" spaces ", "spaces"],
])("a docstring of %j has %j inside", (text, want) => expect(docText(text)).toBe(want));

test.each([
  [["a\n  b\n\n\n\tc  d"], "a\n    b\n\n    c d\n    "],
  [["one", null, "line"], "one line"],
  [["one.", 'two\n"three"'], 'one.\n    two\n    "three\\"\n    '],
  [['"quoted" first'], '\\"quoted" first'],
])("a docstring of the parts %j has %j inside", (parts, want) => expect(docString(4, ...parts)).toBe(want));

test("names are in isort's order: constants, classes, numbers as numbers, each once", () => {
  expect(sorted(["struct", "T10", "Zeta", "Alpha10", "Alpha9", "AB", "Alpha9"])).toEqual([
    "AB",
    "T10",
    "Alpha9",
    "Alpha10",
    "Zeta",
    "struct",
  ]);
});

test("imported names ignore case where __all__ does not", () => {
  expect(sorted(["CapEvent", "Capable"])).toEqual(["CapEvent", "Capable"]);
  expect(importLine("m", ["CapEvent", "Capable"])).toBe("from m import Capable, CapEvent");
});

test("an import that is too long has one name a line", () => {
  const names = Array.from({ length: 12 }, (_, index) => `Name${index}`);
  expect(importLine("module", names)).toBe(`from module import (\n${names.map((name) => `    ${name},\n`).join("")})`);
});
