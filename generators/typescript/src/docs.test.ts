import { expect, test } from "vitest";
import { docComment } from "./docs.ts";

test.each([
  ["a */ b", "/** a * / b */"],
  ["a\u2028b\u202e\0", "/**\n * a\n * b\n */"],
  ["@ts-ignore", "/** `@ts-ignore` */"],
  ["a `@ts-ignore` is kept", "/** a `@ts-ignore` is kept */"],
  ["a\n@ts-expect-error", "/**\n * a\n * `@ts-expect-error`\n */"],
  ["eslint-disable-next-line; biome-ignore lint: x", "/** `eslint-disable-next-line`; `biome-ignore` lint: x */"],
])("the doc comment of %j tells compilers and linters nothing", (text, comment) => expect(docComment(text)).toEqual([comment]));
