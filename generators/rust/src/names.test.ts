import { allocateNames } from "@lbc/emit";
import { expect, test } from "vitest";
import { constantNames, crateName, fieldNames, methodNames, methodStem, typeNames } from "./names.ts";

test.each([
  ["a keyword becomes a raw identifier", fieldNames, "type", "r#type"],
  ["what cannot be raw gets an underscore", fieldNames, "self", "self_"],
  ["a field that is only underscores gets a word", fieldNames, "__", "underscore"],
  ["a digit in front gets an underscore", fieldNames, "3com", "_3com"],
  ["a method that clippy would want a companion for gets an underscore", methodNames, "len", "len_"],
  ["a type of the prelude gets an underscore", typeNames, "option", "Option_"],
  ["a type that this crate's own code names gets an underscore", typeNames, "maps", "Maps_"],
  ["an enumerator keeps its words", constantNames, "TCP_ESTABLISHED", "TCP_ESTABLISHED"],
  ["an enumerator in lower case is raised", constantNames, "red", "RED"],
])("%s", (_, policy, name, want) => expect(allocateNames([name], policy)).toEqual([want]));

test("types that are spelled the same are numbered without an underscore, which a lint minds, but after a digit", () => {
  expect(allocateNames(["foo_bar", "fooBar", "x1", "X1", "option", "Option"], typeNames)).toEqual([
    "FooBar",
    "FooBar2",
    "X1_2",
    "X1",
    "Option_",
    "Option2",
  ]);
});

test.each([
  ["from_user", "get_from_user"],
  ["__to_x", "get___to_x"],
  ["total", "total"],
  ["tomorrow", "tomorrow"],
])("reading %s does not look like a conversion", (name, want) => expect(methodStem(name)).toBe(want));

test.each([
  ["execsnoop", "execsnoop-bpf"],
  ["My_Tool.v2", "my-tool-v2-bpf"],
  ["1st", "bpf-1st"],
  ["…", "bpf-object"],
])("the crate of %s is %s", (object, want) => expect(crateName(object)).toBe(want));
