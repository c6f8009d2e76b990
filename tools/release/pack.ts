import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { execa } from "execa";
import { root, scratch } from "../paths.ts";
import { bundleCommand } from "./bundle.ts";
import { copyShared, releasedFolders } from "./sync.ts";

/** Where each ecosystem's packages are put, as its own tools expect to find them. */
export interface Packed {
  /** npm tarballs. */
  readonly npm: string;
  /** Python wheels. */
  readonly wheels: string;
  /** Unpacked crates. */
  readonly crates: string;
  /** A Go module proxy, for GOPROXY=file://… */
  readonly goProxy: string;
  /** An installation prefix with include/, lib/ and lib/pkgconfig/. */
  readonly prefix: string;
}

/** Where pack() puts what. */
export function packedIn(folder: string): Packed {
  // absolute, because tools that run elsewhere read them
  const below = (name: string): string => resolve(folder, name);
  return { npm: below("npm"), wheels: below("wheels"), crates: below("crates"), goProxy: below("goProxy"), prefix: below("prefix") };
}

/** Builds everything that is released, as it is released, below one folder. */
export async function pack(folder: string): Promise<Packed> {
  const packed = packedIn(folder);
  await rm(folder, { recursive: true, force: true });
  for (const path of Object.values(packed)) await mkdir(path, { recursive: true });
  await copyShared();
  await run("nx", ["run-many", "-t", "build", "--outputStyle=static"]);
  await packNpm(packed.npm);
  await packWheel(packed.wheels);
  await packCrate(packed.crates);
  await packGoModule(packed.goProxy);
  await run("make", ["-C", "packages/clbc", "install", `PREFIX=${packed.prefix}`]);
  return packed;
}

const run = (file: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  execa(file, args, {
    cwd: root,
    preferLocal: true,
    stdin: "ignore",
    stdout: "ignore",
    stderr: "inherit",
    env: { NX_DAEMON: "false", ...env },
  });

async function packNpm(out: string): Promise<void> {
  for (const folder of await releasedFolders()) {
    const manifest = JSON.parse(await readFile(join(root, folder, "package.json"), "utf8")) as { private?: boolean };
    if (manifest.private !== true) await run("npm", ["pack", `./${folder}`, "--pack-destination", out, "--silent"]);
  }
}

async function packWheel(out: string): Promise<void> {
  const command = join(root, "packages/pylbc/python/pylbc/node");
  await rm(command, { recursive: true, force: true });
  await bundleCommand(command);
  const maturin = join(scratch, "venv/bin/maturin");
  await run(maturin, ["build", "--release", "--manifest-path", "packages/pylbc/Cargo.toml", "--out", out]);
}

async function packCrate(out: string): Promise<void> {
  await run("cargo", ["package", "--quiet", "--no-verify", "--allow-dirty", "-p", "rlbc"]);
  const crates = join(root, "target/package");
  for (const name of await readdir(crates)) {
    if (/^rlbc-.*\.crate$/.test(name)) await run("tar", ["-xzf", join(crates, name), "-C", out]);
  }
}

async function packGoModule(proxy: string): Promise<void> {
  const { version } = JSON.parse(await readFile(join(root, "packages/golbc/package.json"), "utf8")) as { version: string };
  const args = ["run", ".", proxy, "github.com/lbc-dev/lbc/packages/golbc", `v${version}`, join(root, "packages/golbc")];
  await execa("go", args, { cwd: join(root, "tools/release/gomodzip"), stdin: "ignore", stderr: "inherit" });
}

if (import.meta.main) {
  const folder = process.argv[2] ?? join(scratch, "packed");
  for (const [what, where] of Object.entries(await pack(folder))) console.log(`${what.padEnd(8)} ${where}`);
}
