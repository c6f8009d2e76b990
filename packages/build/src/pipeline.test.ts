import { FileSet } from "@lbc/emit";
import { expect, test } from "vitest";
import { combine, objectName } from "./pipeline.ts";

test.each([
  ["hello.bpf.o", "hello"],
  ["out/hello.o", "hello"],
  ["C:\\build\\hello.bpf.o", "hello"],
  ["loader-el.elf", "loader-el"],
  ["src/hello.bpf.c", "hello"],
  ["hello", "hello"],
  ["a b.bpf.o", "a_b"],
  ["..o", "object"],
])("the object %s is called %s", (path, name) => expect(objectName(path)).toBe(name));

test("one language stands in the folder itself, several each in their own", () => {
  const go = new FileSet().add("hello.go", "");
  const rust = new FileSet().add("src/lib.rs", "");
  expect([...combine(new Map([["go", go]]))].map(({ path }) => path)).toEqual(["hello.go"]);
  const both = combine(
    new Map([
      ["go", go],
      ["rust", rust],
    ]),
  );
  expect([...both].map(({ path }) => path)).toEqual(["go/hello.go", "rust/src/lib.rs"]);
});
