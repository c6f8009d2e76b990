import { execa } from "execa";
import { root } from "../paths.ts";
import { failureLines } from "./failures.ts";

/** What CI checks, in the order in which a failure is cheapest to find. */
const steps: readonly { readonly name: string; readonly command: readonly string[] }[] = [
  { name: "format and lint", command: ["biome", "check", "--error-on-warnings", "."] },
  { name: "layers", command: ["node", "tools/lint/layers.ts"] },
  { name: "format of C", command: ["node", "tools/lint/c-format.ts"] },
  { name: "headers and licences in every package", command: ["node", "tools/release/sync.ts"] },
  { name: "fixtures", command: ["node", "tools/fixtures/compile.ts"] },
  {
    name: "types, tests and builds of every project",
    command: ["nx", "run-many", "-t", "lint", "typecheck", "build", "test", "--parallel=2", "--outputStyle=static"],
  },
  { name: "tools", command: ["vitest", "run", "tools"] },
  { name: "demo", command: ["node", "tools/demo/main.ts"] },
  { name: "corpus", command: ["node", "tools/corpus/main.ts"] },
  { name: "corpus of cilium/ebpf", command: ["node", "tools/corpus/main.ts", "--objects", "cilium"] },
  { name: "corpus of fixtures", command: ["node", "tools/corpus/main.ts", "--objects", "fixtures"] },
  { name: "random types in five languages", command: ["node", "tools/conformance/main.ts", "--random", "1000"] },
  { name: "published packages", command: ["node", "tools/release/check-packages.ts"] },
  { name: "new projects of what was packed", command: ["node", "tools/release/try-new.ts"] },
  { name: "packed and installed", command: ["node", "tools/release/try-packed.ts"] },
  {
    name: "lbc test on kernel 6.1",
    command: ["node", "packages/cli/bin/lbc.js", "test", "examples/execsnoop", "--kernels", "6.1", "--require-events", "--", "ls", "/"],
  },
  {
    name: "examples in TypeScript and Python",
    command: ["node", "tools/examples/main.ts", "--packed", ".lbc/packed", "--lang", "typescript", "--lang", "python"],
  },
  {
    name: "an example in the other languages",
    command: ["node", "tools/examples/main.ts", "--packed", ".lbc/packed", "--lang", "c", "--lang", "go", "--lang", "rust", "xdpdrop"],
  },
  { name: "kernels 5.10 and 6.1 in QEMU", command: ["node", "tools/kernels/main.ts", "5.10", "6.1"] },
];

const usage = `usage: npm test [-- --only WORD…]

Runs what CI checks: ${steps.map(({ name }) => name).join(", ")}.
--only WORD…   the steps whose names hold one of the words`;

const words = process.argv.slice(2);
const only = words[0] === "--only" ? words.slice(1) : [];
const chosen = steps.filter(({ name }) => only.length === 0 || only.some((word) => name.includes(word)));
if (words.includes("--help") || chosen.length === 0 || (words.length > 0 && only.length === 0)) {
  console.log(usage);
  process.exit(words.includes("--help") ? 0 : 2);
}

const results: { readonly name: string; readonly passed: boolean; readonly seconds: number; readonly output: string }[] = [];
for (const { name, command } of chosen) {
  console.log(`\n## ${name}: ${command.join(" ")}`);
  const started = performance.now();
  const [file = "", ...args] = command;
  const { exitCode, all } = await execa(file, args, {
    cwd: root,
    stdin: "inherit",
    stdout: ["inherit", "pipe"],
    stderr: ["inherit", "pipe"],
    all: true,
    reject: false,
    preferLocal: true,
    env: { NX_DAEMON: "false" },
  });
  results.push({ name, passed: exitCode === 0, seconds: (performance.now() - started) / 1000, output: all });
}

console.log("\n## Summary");
for (const { name, passed, seconds } of results)
  console.log(`${passed ? "passed" : "FAILED"}  ${seconds.toFixed(0).padStart(4)} s  ${name}`);
const failed = results.filter(({ passed }) => !passed);
console.log(`${results.length - failed.length} passed, ${failed.length} failed`);
// Last, as whoever keeps only the end of a long log needs these lines most.
for (const { name, output } of failed) console.log(`\n## What failed in ${name}\n${failureLines(output).join("\n")}`);
process.exitCode = failed.length === 0 ? 0 : 1;
