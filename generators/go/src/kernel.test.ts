import { copyFile, mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { complaints, writeModule, writePackage } from "./compile.test-support.ts";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
let folder = "";

/** Set-up compiles the objects from packages/conformance/fixtures/kernel; `tools/fixtures/compile.ts` does it again. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "lbc-gen-go-"));
  await mkdir(join(folder, "kernel"));
  await writeModule(folder);
  for (const name of ["attach", "maps"]) {
    const object = await readFile(here(`../../../.lbc/fixtures/${name}.bpf.o`));
    await writePackage(object, name, join(folder, "kernel", name));
  }
  await copyFile(here("fixtures/kernel_test.go"), join(folder, "kernel/kernel_test.go"));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

test("generated packages load, configure, read and attach on the running kernel", { timeout: 600_000 }, async () => {
  expect(await complaints(folder, "go", "test", "./kernel/...")).toBe("");
});
