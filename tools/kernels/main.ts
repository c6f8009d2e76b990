import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fetchKernel, kernels, runInGuest } from "@lbc/kernels";
import { languages, probes } from "./probes.ts";
import { type KernelResult, resultTable } from "./table.ts";

const usage = `usage: npm run kernels -- [VERSION… | all] [-- COMMAND]

Boots Debian's kernels in QEMU and runs COMMAND on each as root, on the host's files (what it writes is thrown away).
Without a COMMAND it runs the tests of all five runtimes that need kprobe, fentry and fexit, and prints which passed where.
Versions: ${Object.keys(kernels).join(", ")}`;

const words = process.argv.slice(2);
const split = words.indexOf("--");
const versions = split === -1 ? words : words.slice(0, split);
const command = split === -1 ? undefined : words.slice(split + 1).join(" ");

if (versions.includes("--help") || versions.some((version) => version !== "all" && kernels[version] === undefined)) {
  console.log(usage);
  process.exit(versions.includes("--help") ? 0 : 2);
}
const chosen = versions.length === 0 || versions.includes("all") ? Object.keys(kernels) : versions;
const script = command ?? (await probes());
/** Emulated, a test takes up to fifty times as long; a guest that hangs ends all the same. */
const timeoutSeconds = 900;
const results: KernelResult[] = [];
for (const version of chosen) {
  const kernel = await fetchKernel(version);
  console.log(`kernels: ${kernel.release} boots`);
  const output = await mkdtemp(join(tmpdir(), "lbc-kernels-"));
  try {
    const command = `cd '${process.cwd()}'\n${script}\n`;
    const { exitCode, seconds } = await runInGuest(kernel, { command, output, passOn: true, timeoutSeconds });
    const passed = await readFile(join(output, "results"), "utf8").catch(() => "");
    results.push({ release: kernel.release, passed: split === -1 ? passed.split("\n") : null, exitCode, seconds });
    console.log(`kernels: ${kernel.release} ended with ${exitCode ?? "no exit code"} after ${seconds.toFixed(1)} s`);
  } finally {
    await rm(output, { recursive: true, force: true });
  }
}
console.log(`\n${resultTable(results, languages)}`);
process.exitCode = results.every(({ exitCode }) => exitCode === 0) ? 0 : 1;
