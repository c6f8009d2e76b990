import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { complaints } from "./compile.test-support.ts";
import { commentLines } from "./doc-comment.ts";

test("parts of one line each are one line, others stand below each other", () => {
  expect(commentLines("\t", "Pid is `pid`.", null, "Of the parent.")).toEqual(["\t// Pid is `pid`. Of the parent."]);
  expect(commentLines("\t", "Pid is `pid`.", "Of the\n\t parent.")).toEqual(["\t// Pid is `pid`.", "\t// Of the", "\t// parent."]);
  expect(commentLines("", "  ", null)).toEqual([]);
});

test.each([
  ["Flags:\n- one,\n  in bits\n* two\n\nMore.", ["Flags:", "  - one,", "    in bits", "  - two", "", "More."]],
  ["Steps\n\n1) open\n- not a step\n\n2. close", ["Steps", "", " 1. open", "    - not a step", " 2. close"]],
  ["- item", ["  - item"]],
])("paragraphs and lists of %j stay", (text, lines) => expect(commentLines("", text)).toEqual(lines.map((line) => `// ${line}`.trimEnd())));

test("text of others means nothing but text", () => {
  expect(commentLines("", "go:embed secret")).toEqual(["// go:embed secret"]);
  expect(commentLines("", "# Heading")).toEqual(["// C: # Heading"]);
  expect(commentLines("", "One.\n+build ignore")).toEqual(["// One.", "// C: +build ignore"]);
  expect(commentLines("", "[text]: https://example.org")).toEqual(["// C: [text]: https://example.org"]);
  expect(commentLines("", "One.\n\nHeading\n\nTwo.")).toEqual(["// One.", "//", "// Heading.", "//", "// Two."]);
  expect(commentLines("", "a\u202eb\u2028c\u0000d")).toEqual(["// ab", "// c d"]);
  expect(commentLines("", "''quoted`` ```")).toEqual(['// "quoted" ```']);
});

/** Lines that gofmt could take for something, in every order that a generator of numbers gives. */
function comments(count: number): string[] {
  const lines = [
    "",
    "",
    "Text",
    "text.",
    "- item",
    "* item",
    "1. first",
    "2) second",
    "# Title",
    "[a]: https://b.c",
    "}",
    "x {",
    "\tcode",
    "```",
  ];
  let state = 1;
  const below = (limit: number): number => {
    state = (state * 48271) % 0x7fffffff;
    return state % limit;
  };
  return Array.from({ length: count }, () => Array.from({ length: 1 + below(8) }, () => lines[below(lines.length)]).join("\n"));
}

test("gofmt leaves comments of every shape as they are, on types, fields and constants", { timeout: 60_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), "lbc-gen-go-"));
  try {
    const items = comments(1500).flatMap((text, index) => [
      ...commentLines("", `T${index} is a type.`, text),
      `type T${index} struct {`,
      ...commentLines("\t", text),
      "\tF int",
      "}",
      "",
      "const (",
      ...commentLines("\t", text),
      `\tC${index} = 1`,
      ")",
      "",
    ]);
    await writeFile(join(folder, "comments.go"), `package comments\n\n${items.slice(0, -1).join("\n")}\n`);
    expect(await complaints(folder, "gofmt", "-d", ".")).toBe("");
  } finally {
    await rm(folder, { recursive: true });
  }
});
