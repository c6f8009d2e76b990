import { execa } from "execa";
import { root } from "../paths.ts";

/** C that people write here: headers, BPF sources, runtimes and examples. Goldens and fixtures keep the form that their test needs. */
const patterns = [
  "lbc-headers/*.h",
  "packages/clbc/**/*.h",
  "packages/clbc/**/*.c",
  "packages/conformance/fixtures/kernel/*.c",
  "examples/**/*.c",
  "tools/**/*.c",
];

/** The formatter of the clang that set-up installed. */
async function formatter(): Promise<string> {
  for (const name of ["clang-format-19", "clang-format-18", "clang-format"]) {
    if ((await execa(name, ["--version"], { reject: false })).exitCode === 0) return name;
  }
  throw new Error("clang-format is missing: npm run setup");
}

const { stdout } = await execa("git", ["ls-files", ...patterns], { cwd: root });
const fix = process.argv.includes("--fix") ? ["-i"] : ["--dry-run", "--Werror"];
const result = await execa(await formatter(), [...fix, ...stdout.split("\n")], { cwd: root, reject: false, stdio: "inherit" });
process.exitCode = result.exitCode === 0 ? 0 : 1;
