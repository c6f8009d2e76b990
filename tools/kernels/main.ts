import { fetchKernel, kernels, runInGuest } from "@lbc/kernels";
import { probes } from "./probes.ts";

const usage = `usage: npm run kernels -- [VERSION… | all] [-- COMMAND]

Boots Debian's kernels in QEMU and runs COMMAND on each as root, on the host's files (what it writes is thrown away).
Without a COMMAND it runs the tests of all five runtimes that need kprobe, fentry and fexit.
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
let failed = false;
for (const version of chosen) {
  const kernel = await fetchKernel(version);
  console.log(`kernels: ${kernel.release} boots`);
  const result = await runInGuest(kernel, { command: `cd '${process.cwd()}'\n${script}\n`, passOn: true, timeoutSeconds });
  console.log(`kernels: ${kernel.release} ended with ${result.exitCode ?? "no exit code"} after ${result.seconds.toFixed(1)} s`);
  failed ||= result.exitCode !== 0;
}
process.exitCode = failed ? 1 : 0;
