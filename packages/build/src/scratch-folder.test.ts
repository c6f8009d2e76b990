import { chmod, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { compile } from "./clang.ts";
import { inScratchFolder } from "./scratch-folder.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "lbc-scratch-test-"));
  vi.stubEnv("TMPDIR", folder);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

test("a scratch folder is gone after the work, whatever became of it", async () => {
  expect(await inScratchFolder("test", () => readdir(folder))).toEqual([expect.stringMatching(/^lbc-test-/)]);
  await expect(inScratchFolder("test", () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect(await readdir(folder)).toEqual([]);
});

test("where there can be no scratch folder, the error names TMPDIR", async () => {
  vi.stubEnv("TMPDIR", join(folder, "missing"));
  await expect(inScratchFolder("test", async () => 0)).rejects.toMatchObject({
    code: "cannot-write",
    place: { file: join(folder, "missing") },
    hint: expect.stringContaining("TMPDIR"),
  });
});

test("a disk that is full is told as such, not as an error of the source", async () => {
  const full = Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
  await expect(inScratchFolder("test", () => Promise.reject(full))).rejects.toMatchObject({ code: "cannot-write" });
  const clang = join(folder, "clang");
  await writeFile(
    clang,
    "#!/bin/sh\necho 'fatal error: error in backend: IO failure on output stream: No space left on device' >&2\nexit 1\n",
  );
  await chmod(clang, 0o755);
  vi.stubEnv("LBC_CLANG", clang);
  await expect(inScratchFolder("test", (scratch) => compile({ source: "a.bpf.c", output: join(scratch, "a.o") }))).rejects.toMatchObject({
    code: "cannot-write",
    message: "cannot write: no space left on device",
    place: { file: folder },
  });
});
