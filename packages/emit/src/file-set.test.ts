import { expect, test } from "vitest";
import { FileSet } from "./file-set.ts";

test("files come sorted by path, whatever order they were added in", () => {
  expect([...new FileSet().add("b", "2").add("a", "1")]).toEqual([
    { path: "a", content: "1" },
    { path: "b", content: "2" },
  ]);
});

test.each(["/etc/passwd", "../x", "a/../../x", "a\\b"])("the path %s is refused: it leaves the folder", (path) => {
  expect(() => new FileSet().add(path, "")).toThrow(RangeError);
});

test("two files for one path are refused", () => {
  expect(() => new FileSet().add("a", "1").add("a", "2")).toThrow("two files for one path: a");
});
