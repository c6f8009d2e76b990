import { mkdir, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { execa } from "execa";
import { root, scratch } from "../../paths.ts";
import { assign, type Check } from "./unit.ts";

/** rustfmt, and clippy with every warning an error, on one crate that has each SDK as a module. */
export const checkRust: Check = async (units, folder) => {
  const manifest = `[package]
name = "corpus"
version = "0.0.0"
edition = "2024"
publish = false

[dependencies]
rlbc = { path = "${relative(folder, join(root, "packages/rlbc"))}" }

[workspace]
`;
  await mkdir(join(folder, "src"), { recursive: true });
  await writeFile(join(folder, "Cargo.toml"), manifest);
  const modules = units.map(({ name }, index) => `#[path = "../${name}/src/lib.rs"]\npub mod sdk_${index};`);
  await writeFile(join(folder, "src/lib.rs"), `//! The SDKs that are checked.\n\n${modules.join("\n")}\n`);
  const sources = units.map(({ name }) => `${name}/src/lib.rs`);
  const formatted = await execa("rustfmt", ["--check", "--edition", "2024", "-l", ...sources], { cwd: folder, reject: false, all: true });
  const env = { CARGO_TARGET_DIR: join(scratch, "corpus/target") };
  const linted = await execa("cargo", ["clippy", "--quiet", "--message-format", "short", "--", "-D", "warnings"], {
    cwd: folder,
    env,
    reject: false,
    all: true,
  });
  return new Map([...assign(units, formatted.all, formatted.exitCode !== 0), ...assign(units, linted.all, linted.exitCode !== 0)]);
};
