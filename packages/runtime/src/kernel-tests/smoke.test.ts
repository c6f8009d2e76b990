import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Fixture, fixtureBytes } from "./fixtures.test.support.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "lbc-smoke-test-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function smoke(...objects: readonly Fixture[]): { readonly status: number | null; readonly lines: readonly string[] } {
  for (const name of objects) writeFileSync(join(folder, `${name}.bpf.o`), fixtureBytes(name));
  const script = fileURLToPath(new URL("smoke.ts", import.meta.url));
  const { status, stdout } = spawnSync(process.execPath, ["--conditions=@lbc/source", script, "--libbpf", folder], { encoding: "utf8" });
  return { status, lines: stdout.trim().split("\n") };
}

test("objects that both loaders attach are counted for both", () => {
  const { status, lines } = smoke("attach", "maps");
  expect(lines).toEqual([
    "attached  attached  attach.bpf.o",
    "attached  attached  maps.bpf.o",
    "lbc: 2 loaded, 2 attached, of 2",
    "libbpf: 2 loaded, 2 attached, of 2",
  ]);
  expect(status).toBe(0);
});

test("what is no object is refused by both, with our reason", () => {
  writeFileSync(join(folder, "cut.bpf.o"), fixtureBytes("maps").subarray(0, 2000));
  const { status, lines } = smoke();
  expect(lines[0]).toMatch(/^refused {3}refused {3}cut\.bpf\.o {2}\S/);
  expect(lines.slice(-2)).toEqual(["lbc: 0 loaded, 0 attached, of 1", "libbpf: 0 loaded, 0 attached, of 1"]);
  expect(status).toBe(0);
});
