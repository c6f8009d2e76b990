import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildObject, findClang, headersFolder, hostTarget, vmlinuxFolder } from "@lbc/build";
import { root } from "../paths.ts";
import { type Command, type Measurement, measure, median, table } from "./measure.ts";

const runs = 7;
const source = join(root, "examples/execsnoop/execsnoop.bpf.c");

/** `lbc build` of execsnoop against clang alone: with nothing cached but vmlinux.h, and with nothing to do; as commands and in process. */
export async function benchBuild(json: boolean): Promise<void> {
  const scratch = await mkdtemp(join(tmpdir(), "lbc-bench-build-"));
  try {
    const rows: Measurement[] = [];
    for (const command of await commands(scratch)) rows.push(await measure(command, runs));
    const inProcess = await measureInProcess(scratch);
    if (json) {
      console.log(JSON.stringify({ commands: rows, inProcess }, null, 2));
      return;
    }
    console.log(`execsnoop.bpf.c, a process each\n${table(rows, "clang")}\n`);
    console.log(`in process, unchanged: ${inProcess.median.toFixed(1)} ms (median of ${inProcess.runs})`);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function commands(scratch: string): Promise<Command[]> {
  const output = join(scratch, "execsnoop.bpf.o");
  const lbc = [process.execPath, join(root, "packages/cli/bin/lbc.js"), "build", source, "-o", output];
  const environment = { NODE_OPTIONS: "", NODE_COMPILE_CACHE: join(scratch, "compile-cache") };
  // A macro that differs each time keeps a build from being found, and leaves vmlinux.h where it is.
  const fresh = ["sh", "-c", 'exec "$@" -D "RUN=$$"', "sh", ...lbc];
  const clang = [await findClang(), "-g", "-O2", "-Wall", "-target", "bpf", `-D__TARGET_ARCH_${hostTarget}`];
  const includes = ["-I", headersFolder(), "-isystem", await vmlinuxFolder()];
  return [
    { name: "clang", argv: [...clang, ...includes, "-c", source, "-o", output] },
    { name: "lbc build", argv: fresh, env: environment },
    { name: "lbc build, unchanged", argv: lbc, env: environment },
  ];
}

/** In milliseconds. */
async function measureInProcess(scratch: string): Promise<{ readonly median: number; readonly runs: number }> {
  const times: number[] = [];
  for (let run = 0; run <= 2 * runs; run++) {
    const started = performance.now();
    const { cached } = await buildObject([source], { defines: [`FOLDER="${scratch}"`] });
    if (cached) times.push(performance.now() - started);
  }
  return { median: median(times), runs: times.length };
}
