import { expect, test } from "vitest";
import { call, constant, statement } from "./expressions.ts";

const long = "x".repeat(64);

test("a statement that fits stays on one line", () => {
  expect(statement(4, "a = ", call("f", "1", call("g", "2")), ".at(3)")).toBe("a = f(1, g(2)).at(3)");
});

test("arguments that fit on one line get one of their own", () => {
  expect(statement(4, `${long} = `, call("le.raw", "16"), ".at(1024)")).toBe(`${long} = le.raw(\n        16\n    ).at(1024)`);
});

test("other arguments get a line each, and break themselves where they must", () => {
  const nested = call("le.array", call("le.struct", long), "16");
  expect(statement(0, "attribute = ", call("f", call("g", "1"), nested))).toBe(
    ["attribute = f(", "    g(1),", "    le.array(", `        le.struct(${long}), 16`, "    ),", ")"].join("\n"),
  );
});

test("a number moves into parentheses only where that makes it fit", () => {
  expect(constant(4, "RED", "1")).toBe("RED = 1");
  const name = "N".repeat(80);
  expect(constant(4, name, "123456")).toBe(`${name} = (\n        123456\n    )`);
  expect(constant(4, `${name}NN`, "123456")).toBe(`${name}NN = 123456`);
});
