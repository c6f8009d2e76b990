import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Layout } from "@lbc/core/layout";
import { execa } from "execa";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bare, bigEndian, everything, hello } from "./fixtures/samples.ts";
import { emit } from "./index.ts";

const minutes = 60_000;
const root = fileURLToPath(new URL("../../../", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "lbc-gen-rust-"));
const modules: Readonly<Record<string, Layout>> = { bare, big: bigEndian, everything, hello };
const options = { object: new Uint8Array([0x7f, 0x45, 0x4c, 0x46]), source: "sample.bpf.o", version: "0.1.0" };

/** Cargo, with the versions and the target folder of this repository. */
const cargo = async (command: string, ...rest: string[]) => {
  const { exitCode, all } = await execa("cargo", [command, "--quiet", ...rest], {
    cwd: folder,
    env: { CARGO_TARGET_DIR: join(root, "target"), RUST_BACKTRACE: "0" },
    all: true,
    reject: false,
  });
  return exitCode === 0 ? "" : all;
};

/** All samples as modules of one crate, because each crate of its own would be compiled with all that it depends on. */
beforeAll(async () => {
  mkdirSync(join(folder, "tests"));
  for (const [name, layout] of Object.entries(modules)) {
    for (const { path, content } of await emit(layout, options)) {
      if (dirname(path) !== "src") continue;
      const file = join(folder, "src", name, path === "src/lib.rs" ? "mod.rs" : basename(path));
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, content);
    }
  }
  writeFileSync(
    join(folder, "src/lib.rs"),
    `${Object.keys(modules)
      .map((name) => `pub mod ${name};\n`)
      .join("")}`,
  );
  copyFileSync(new URL("fixtures/values.rs", import.meta.url), join(folder, "tests/values.rs"));
  copyFileSync(join(root, "Cargo.lock"), join(folder, "Cargo.lock"));
  const dependencies = `[dependencies]\nrlbc = { path = ${JSON.stringify(join(root, "packages/rlbc"))} }\n`;
  writeFileSync(join(folder, "Cargo.toml"), `[package]\nname = "generated"\nedition = "2024"\n\n${dependencies}`);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("rustfmt leaves the output as it is", async () => {
  expect(await cargo("fmt", "--check")).toBe("");
});

test("clippy has nothing to say about the output", { timeout: 10 * minutes }, async () => {
  expect(await cargo("clippy", "--all-targets", "--", "-D", "warnings")).toBe("");
});

test("generated types hold the values that C wrote, in both byte orders", { timeout: 10 * minutes }, async () => {
  expect(await cargo("test", "--test", "values")).toBe("");
});
