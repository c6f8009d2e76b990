import { expect, test } from "vitest";
import { printable } from "./doc-text.ts";

test.each([
  ["größe 数 → é\t👩‍💻", "größe 数 → é\t👩‍💻"],
  ["a\0b\x1b[31m\x7f\x9f", "a b [31m  "],
  ["a\u202eb\u2066c\u200fd\u061c\u200b\ufeff", "abcd"],
  ["a\r\nb\rc\u2028d\x85e\fg\vh", "a\nb\nc\nd\ne\ng\nh"],
  ["a\ud800b", "ab"],
])("%j is printed as %j", (text, want) => expect(printable(text)).toBe(want));
