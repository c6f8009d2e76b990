import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { BtfBuilder } from "@lbc/core/btf";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { fromFile, fromSource, type SourceOptions } from "./from-source.ts";

let folder: string;
let options: SourceOptions;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "lbc-from-source-"));
  vi.stubEnv("XDG_CACHE_HOME", join(folder, "cache"));
  await writeFile(join(folder, "kernel.btf"), new BtfBuilder().build("little"));
  options = { btf: join(folder, "kernel.btf"), from: pathToFileURL(join(folder, "program.ts")).href };
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

test("a text that does not compile is refused with its name and line", async () => {
  await expect(fromSource("int fine;\nint number = nothing;\n", "hello", options)).rejects.toMatchObject({
    code: "compile-failed",
    place: { file: "hello.bpf.c", line: 2 },
    diagnostics: expect.stringMatching(/^hello\.bpf\.c:2:14: error: use of undeclared identifier 'nothing'/),
  });
});

test("a name stays inside the cache", async () => {
  const refused = fromSource("int number = nothing;\n", "../../up", options);
  await expect(refused).rejects.toMatchObject({ place: { file: "______up.bpf.c" } });
  const kept = await readdir(join(folder, "cache/lbc/sources"), { recursive: true });
  expect(kept).toContainEqual(expect.stringMatching(/^\w+\/______up\.bpf\.c$/));
});

test("a program without @lbc/runtime is told to install it", async () => {
  const file = join(folder, "hello.bpf.c");
  await writeFile(file, "int number = 1;\n");
  await expect(fromFile(file, options)).rejects.toMatchObject({
    code: "runtime-not-found",
    hint: expect.stringContaining("npm install @lbc/runtime"),
  });
});
