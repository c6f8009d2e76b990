import { describe, expect, test } from "vitest";
import { projectLanguages } from "./kinds.ts";
import { projectNames } from "./names.ts";

describe("names of a project", () => {
  test("come from one name, in each place as it is written there", () => {
    expect(projectNames("page-faults", "go")).toEqual({
      name: "page-faults",
      module: "page-faults",
      identifier: "page_faults",
      type: "PageFaults",
      package: "pagefaults",
    });
  });

  test("leave the path of a Go module and the scope of an npm package to the module", () => {
    expect(projectNames("github.com/you/hello", "go")).toMatchObject({ name: "hello", module: "github.com/you/hello" });
    expect(projectNames("@you/hello", "typescript")).toMatchObject({ name: "hello", module: "@you/hello" });
  });

  test.each(
    projectLanguages.flatMap((language) =>
      ["", ".", "..", "-x", "a b", "a/", "é", "a--b", "1a", "a_", "{{x}}"].map((name) => [name, language] as const),
    ),
  )("%j is none for a %s project", (name, language) => {
    expect(() => projectNames(name, language)).toThrow(
      expect.objectContaining({ code: "bad-name", hint: expect.stringContaining("letters") }),
    );
  });

  test.each([
    ["github.com/you/hello", "rust"],
    ["@you/hello", "python"],
    ["Hello", "typescript"],
    ["a".repeat(201), "c"],
  ] as const)("%s is none for a %s project", (name, language) => {
    expect(() => projectNames(name, language)).toThrow(expect.objectContaining({ code: "bad-name" }));
  });

  test.each([
    ["while", "c", "a keyword of C"],
    ["check", "c", "a target"],
    ["fmt", "go", "imports"],
    ["show", "go", "something else"],
    ["profile", "python", "a module"],
    ["pip", "python", "virtual environment"],
    ["venv", "python", "virtual environment"],
    ["match", "rust", "a keyword of Rust"],
    ["Event", "rust", "something else"],
    ["stream", "typescript", "a module of Node"],
  ] as const)("%s is taken in %s, which the message tells", (name, language, why) => {
    expect(() => projectNames(name, language)).toThrow(
      expect.objectContaining({ code: "bad-name", message: expect.stringContaining(why) }),
    );
  });
});
