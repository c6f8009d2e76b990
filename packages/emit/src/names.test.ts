import { expect, test } from "vitest";
import { allocateNames, convertCase, identifier, type NamingPolicy } from "./names.ts";

const fields: NamingPolicy = { case: "camelCase", reserved: new Set(["class"]), escape: (name) => `${name}_`, prefix: "_" };

test.each([
  ["exec_counts", "PascalCase", "ExecCounts"],
  ["exec_counts", "camelCase", "execCounts"],
  ["TCPState", "snake_case", "tcp_state"],
  ["fooBar", "SCREAMING_SNAKE_CASE", "FOO_BAR"],
  [".data.config", "snake_case", "data_config"],
  ["x1_2", "PascalCase", "X1_2"],
  ["f.zero", "unchanged", "f_zero"],
  ["größe_überAlles", "PascalCase", "GrößeÜberAlles"],
  ["straße", "SCREAMING_SNAKE_CASE", "STRASSE"],
  ["变数_1", "camelCase", "变数1"],
  ["a$b→c", "unchanged", "a_b_c"],
  ["ﬁne", "unchanged", "fine"],
  ["İ", "snake_case", "i"],
] as const)("%s in %s is %s", (name, to, wanted) => expect(convertCase(name, to)).toBe(wanted));

test.each([
  ["a reserved word is escaped", "class", "class_"],
  ["a leading digit gets a prefix", "3com", "_3com"],
  ["a digit of another script is no beginning either", "٣d", "_٣d"],
  ["a name of nothing but punctuation becomes the prefix", "__", "_"],
])("%s", (_, name, wanted) => expect(identifier(name, fields)).toBe(wanted));

test("of two names that become one, the one that is spelled like it keeps it", () => {
  expect(allocateNames(["foo_bar", "fooBar", "FOO_BAR"], fields)).toEqual(["fooBar_2", "fooBar", "fooBar_3"]);
});

test("a name whose escaped form is reserved is escaped again", () => {
  expect(identifier("class", { ...fields, reserved: new Set(["class", "class_"]) })).toBe("class__");
});

test("a type whose script has no capitals begins with the prefix", () => {
  expect(identifier("事件", { ...fields, case: "PascalCase", prefix: "X" })).toBe("X事件");
});

test("names that Python takes for one are two", () => {
  expect(allocateNames(["ﬁne", "fine"], { ...fields, case: "unchanged" })).toEqual(["fine_2", "fine"]);
});

test("a policy says how names that are spelled the same are numbered", () => {
  const types: NamingPolicy = { ...fields, case: "PascalCase", numbered: (name, number) => `${name}${number}` };
  expect(allocateNames(["foo_bar", "fooBar", "FooBar", "foo_bar2"], types)).toEqual(["FooBar3", "FooBar4", "FooBar", "FooBar2"]);
});

test("a suffix steps past names that are taken", () => {
  expect(allocateNames(["a", "A", "a_2"], { ...fields, case: "unchanged" })).toEqual(["a", "A", "a_2"]);
  expect(allocateNames(["close", "x"], fields, ["close"])).toEqual(["close_2", "x"]);
});

test("an escaped name that collides gets no second underscore", () => {
  expect(allocateNames(["class", "Class"], fields)).toEqual(["class_", "class_2"]);
});

test("names do not depend on names that do not collide with them", () => {
  const [first] = allocateNames(["foo_bar", "other"], fields);
  expect(allocateNames(["something", "foo_bar"], fields)[1]).toBe(first);
});
