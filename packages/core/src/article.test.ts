import { expect, test } from "vitest";
import { withArticle } from "./article.ts";

test.each(["an array", "an enum", "an int", "an inode_storage", "an unspec", "a struct", "a union", "a user_ringbuf", "a hash"])(
  "%s",
  (expected) => {
    expect(withArticle(expected.split(" ")[1] ?? "")).toBe(expected);
  },
);
