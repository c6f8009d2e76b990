import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";

// Node takes about a third of a millisecond for each file that is imported, and a package's readers are dozens: what tsc made of a
// package without dependencies becomes a file for each import path, and what they share.
const { exports } = JSON.parse(await readFile("package.json", "utf8")) as { exports: Record<string, string | { default: string }> };
const entries = Object.values(exports).flatMap((path) => (typeof path === "string" ? [] : [path.default]));
const { metafile } = await build({
  entryPoints: entries,
  outbase: "dist",
  outdir: "dist",
  allowOverwrite: true,
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "neutral",
  target: "es2024",
  sourcemap: true,
  chunkNames: "shared/[hash]",
  metafile: true,
  logLevel: "error",
});
const made = new Set(Object.keys(metafile.outputs));
for (const name of await readdir("dist", { recursive: true })) {
  const path = join("dist", name);
  if (/\.js(\.map)?$/.test(name) && !made.has(path)) await rm(path);
}
