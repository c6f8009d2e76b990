import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { execa } from "execa";
import { root, scratch } from "../paths.ts";

/** The tests of the runtimes, built on the host for a guest that sees its files. */
export const fixtures = join(scratch, "fixtures");
export const out = join(scratch, "probes");
export const python = join(scratch, "venv/bin/python");

const run = async (file: string, args: readonly string[], folder: string = root, env: Readonly<Record<string, string>> = {}) =>
  execa(file, args, { cwd: folder, preferLocal: true, localDir: root, stdin: "ignore", stderr: "inherit", env });

/** The folders of C's test programs: with Debian's libbpf, and with the newest. */
export async function buildC(programs: readonly string[]): Promise<readonly string[]> {
  const folders = [`${out}/c`, `${out}/c-newest`];
  for (const folder of folders) {
    const libbpf = folder.endsWith("newest") ? [`LIBBPF=${out}/libbpf`] : [];
    const targets = programs.map((program) => `${folder}/${program}`);
    await run("make", ["-C", "packages/clbc/test", `FIXTURES=${fixtures}`, `BUILD=${folder}`, ...libbpf, ...targets]);
  }
  return folders;
}

/** Go's test program. */
export async function buildGo(): Promise<string> {
  await run("go", ["test", "-c", "-o", `${out}/go-tests`, "."], join(root, "packages/golbc"), { CGO_ENABLED: "0" });
  return `${out}/go-tests`;
}

/** The folder of the packages that Python's tests import. */
export async function buildPython(): Promise<string> {
  const maturin = ["develop", "--release", "--quiet", "--manifest-path", "packages/pylbc/Cargo.toml"];
  await run(join(scratch, "venv/bin/maturin"), maturin, root, { VIRTUAL_ENV: join(scratch, "venv") });
  for (const name of await readdir(fixtures))
    if (name.endsWith(".bpf.o")) await run("lbc", ["gen", join(fixtures, name), "--lang", "python", "--out", join(out, "python")]);
  return join(out, "python");
}

/** Rust's test programs, by their names; all of them unless some are chosen. */
export async function buildRust(...only: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const chosen = only.flatMap((name) => ["--test", name]);
  const words = ["test", "--quiet", "--no-run", "-p", "rlbc", "--features", "symbolize", ...chosen, "--message-format", "json"];
  const built = await run("cargo", words);
  const paths = [...built.stdout.matchAll(/"executable":"([^"]+)"/g)].map(([, path = ""]) => path);
  return new Map(paths.map((path) => [basename(path).replace(/-[0-9a-f]+$/, ""), path]));
}
