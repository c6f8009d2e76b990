import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeFolder } from "./folders.ts";

let scratch = "";
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "lbc-folders-"));
});
afterAll(() => rm(scratch, { recursive: true }));

test("the first folder that was made is told, and none where all are there", async () => {
  const path = join(scratch, "a/b/c");
  expect(await makeFolder(path)).toBe(join(scratch, "a"));
  expect((await stat(path)).isDirectory()).toBe(true);
  expect(await makeFolder(path)).toBeUndefined();
});

test("several that make the same folders at once all succeed", async () => {
  for (let round = 0; round < 100; round++) {
    const path = join(scratch, `round${round}/a/b/c/d`);
    await Promise.all([1, 2, 3, 4].map(() => makeFolder(path)));
    expect((await stat(path)).isDirectory()).toBe(true);
  }
});

test.each([
  ["a folder that takes no others", "/proc/lbc/a", "ENOENT"],
  ["a file", "file/a", "ENOTDIR"],
])("below %s it fails", async (_what, path, code) => {
  await writeFile(join(scratch, "file"), "");
  await expect(makeFolder(path.startsWith("/") ? path : join(scratch, path))).rejects.toMatchObject({ code });
});
