import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { lbc } from "./lbc.test-support.ts";

vi.mock("@lbc/build", async (original) => {
  const real = await original<typeof import("@lbc/build")>();
  const cause = new Error("ENOSPC: no space left on device, write");
  const writeFiles = async (_files: unknown, file: string): Promise<string[]> => {
    throw new real.BuildError("cannot-write", { file, message: `cannot write: ${cause.message}`, cause });
  };
  return { ...real, writeFiles };
});

const before = process.cwd();
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "lbc-new-"));
  process.chdir(folder);
});
afterEach(async () => {
  process.chdir(before);
  await rm(folder, { recursive: true });
});

test("a full disk is told in the project's name, not in that of the folder that it was made in, and nothing is left", async () => {
  const { code, err } = await lbc(["new", "hello", "--lang", "c"]);
  expect(code).toBe(1);
  expect(err).toMatch(
    /^lbc: hello: cannot write: ENOSPC: no space left on device, write \[cannot-write\]\n {2}hint: .*disk is not full\n$/,
  );
  expect(await readdir(folder)).toEqual([]);
});
