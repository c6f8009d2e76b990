import { expect, test } from "vitest";
import { essentialName } from "./names.ts";

test.each([
  ["task_struct", "task_struct"],
  ["task_struct___v46", "task_struct"],
  ["a___b___c", "a___b"],
  ["___leading", "___leading"],
  ["trailing___", "trailing___"],
  ["a____b", "a____b"],
  ["sk__buff", "sk__buff"],
  ["", ""],
])("the name of %s without a flavor is %s", (name, essential) => {
  expect(essentialName(name)).toBe(essential);
});
