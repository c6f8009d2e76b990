import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Tree } from "@nx/devkit";
import { createTreeWithEmptyWorkspace } from "@nx/devkit/testing";
import { beforeEach, describe, expect, test } from "vitest";
import skeleton from "./skeleton.ts";

const workspace = fileURLToPath(new URL("../../..", import.meta.url));
/** Set-up compiles it from packages/conformance/fixtures/kernel. */
const object = join(workspace, ".lbc/fixtures/maps.bpf.o");

let tree: Tree;
beforeEach(() => {
  tree = createTreeWithEmptyWorkspace();
});

const created = (): string[] =>
  tree
    .listChanges()
    .map(({ path }) => path)
    .filter((path) => path.startsWith("sdk/"))
    .sort();

test("one language stands in the folder directly", async () => {
  await skeleton(tree, { object, lang: "typescript" });
  expect(created()).toEqual(["sdk/maps/typescript/maps.lbc.h", "sdk/maps/typescript/maps.ts"]);
});

test("several languages stand in folders of their own", async () => {
  await skeleton(tree, { object, lang: "typescript, c" });
  expect(created().filter((path) => path.endsWith("maps.lbc.h"))).toEqual(["sdk/maps/c/maps.lbc.h", "sdk/maps/typescript/maps.lbc.h"]);
});

test("--types supplies what the object lacks", async () => {
  const folder = await mkdtemp(join(tmpdir(), "lbc-nx-"));
  const header = join(folder, "reading.h");
  await writeFile(header, "struct reading { u64 when; };");
  await skeleton(tree, { object, lang: "typescript", event: ["records=reading"], types: [header] });
  await rm(folder, { recursive: true });
  expect(tree.read("sdk/maps/typescript/maps.ts", "utf8")).toContain("export interface Reading {");
});

test("comments of the source that the object was compiled from are doc comments", async () => {
  await skeleton(tree, { object, lang: "typescript" });
  expect(tree.read("sdk/maps/typescript/maps.ts", "utf8")).toContain("Records of 1 to 32 bytes, without a type.");
});

test("an unknown language is refused, and nothing is written", async () => {
  await expect(async () => skeleton(tree, { object, lang: "go,cobol" })).rejects.toThrow(
    "--lang cobol: it is none of c, go, python, rust, typescript, all",
  );
  expect(created()).toEqual([]);
});

describe("in the workspace, unbuilt and without a prompt", () => {
  test.each([
    "skeleton --lang all",
    "@lbc/nx:skeleton --lang typescript",
    "@lbc/gen-c:skeleton",
    "@lbc/gen-go:skeleton",
    "@lbc/gen-python:skeleton",
    "@lbc/gen-rust:skeleton",
    "@lbc/gen-typescript:skeleton",
  ])("nx g %s creates files", { timeout: 120_000 }, async (generator) => {
    expect((await generate(generator)).stdout).toMatch(/CREATE sdk\/maps\//);
  });

  test("a mistyped option is refused, and nothing is created", { timeout: 120_000 }, async () => {
    await expect(generate("@lbc/nx:skeleton --lang typescript --evnt records=flow")).rejects.toMatchObject({
      stderr: expect.stringContaining("evnt"),
    });
  });

  async function generate(generator: string) {
    const nx = join(workspace, "node_modules/nx/dist/bin/nx.js");
    // What a surrounding run of Nx or vitest leaves in the environment is not what a user has.
    const surroundings = Object.entries(process.env).filter(([name]) => !/^(NX_|VITEST|FORCE_COLOR)/.test(name));
    const env = { ...Object.fromEntries(surroundings), NX_DAEMON: "false", NO_COLOR: "1", NODE_OPTIONS: "--conditions=@lbc/source" };
    const words = [nx, "generate", ...generator.split(" "), "--object", object, "--dry-run", "--interactive=false"];
    return promisify(execFile)(process.execPath, words, { cwd: workspace, env });
  }
});
