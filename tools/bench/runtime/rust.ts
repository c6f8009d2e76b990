import { cp, mkdir, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { execa } from "execa";
import { root } from "../../paths.ts";
import type { RuntimePeer } from "./peer.ts";

const sources = join(root, "tools/bench/runtime/rust");

/** A crate of one program, whose other modules are in `folder` already, with the versions and the target folder of this repository. */
async function buildRust(folder: string, source: string, name: string): Promise<string> {
  await mkdir(join(folder, "src"), { recursive: true });
  await cp(join(sources, "measure.rs"), join(folder, "src/measure.rs"));
  await cp(join(sources, source), join(folder, "src/main.rs"));
  await cp(join(root, "Cargo.lock"), join(folder, "Cargo.lock"));
  const rlbc = JSON.stringify(join(root, "packages/rlbc"));
  const dependencies = `[dependencies]\nlibbpf-rs = "0.27.2"\nrlbc = { path = ${rlbc} }\n`;
  await writeFile(join(folder, "Cargo.toml"), `[package]\nname = "${name}"\nedition = "2024"\n\n${dependencies}\n[workspace]\n`);
  const target = join(root, "target");
  await execa("cargo", ["build", "--release", "--quiet"], { cwd: folder, env: { CARGO_TARGET_DIR: target }, stderr: "inherit" });
  return join(target, "release", name);
}

export const rustPeers: readonly RuntimePeer[] = [
  {
    name: "libbpf-rs by hand (Rust)",
    against: ["libbpf (C)"],
    build: async (folder) => [await buildRust(folder, "by_hand.rs", "bench-by-hand")],
  },
  {
    name: "lbc (Rust)",
    against: ["libbpf-rs by hand (Rust)"],
    build: async (folder, object) => {
      const name = basename(object, ".bpf.o");
      const generated = join(folder, "generated");
      const words = ["gen", object, "--lang", "rust", "--out", generated];
      await execa("lbc", words, { preferLocal: true, localDir: root, stderr: "inherit" });
      await cp(join(generated, "src"), join(folder, "src", name), { recursive: true });
      await cp(join(generated, "src/lib.rs"), join(folder, "src", name, "mod.rs"));
      return [await buildRust(folder, name === "execsnoop" ? "lbc_load.rs" : "lbc.rs", `bench-lbc-${name}`)];
    },
  },
];
