import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildObject, findClang, headersFolder, hostTarget, vmlinuxFolder } from "@lbc/build";
import { root } from "../paths.ts";
import { type Command, type Measurement, measureInTurn, median, table, timeOf } from "./measure.ts";

const runs = 7;
const mostOfClang = 1.3;
/** In milliseconds. */
const [mostForHit, mostInProcess] = [150, 10];
const names = { clang: "clang", cold: "lbc build", unchanged: "lbc build, unchanged" };
const source = join(root, "examples/execsnoop/execsnoop.bpf.c");

/** `lbc build` of execsnoop against clang alone: with nothing cached but vmlinux.h, and with nothing to do; as commands and in process. */
export async function benchBuild(json: boolean): Promise<void> {
  const scratch = await mkdtemp(join(tmpdir(), "lbc-bench-build-"));
  try {
    const rows = await measureInTurn(await commands(scratch), runs);
    const inProcess = await measureInProcess(scratch);
    const reached = targets(rows, inProcess.median);
    if (json) {
      console.log(JSON.stringify({ commands: rows, inProcess, targets: reached }, null, 2));
      return;
    }
    console.log(`execsnoop.bpf.c, a process each\n${table(rows, names.clang)}\n`);
    console.log(`in process, unchanged: ${inProcess.median.toFixed(1)} ms (median of ${inProcess.runs})\n`);
    for (const { target, met } of reached) console.log(`${met ? "met   " : "missed"}  ${target}`);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** The project's own aims for these numbers. */
export function targets(
  rows: readonly Pick<Measurement, "name" | "median" | "exitCode">[],
  inProcess: number,
): { readonly target: string; readonly met: boolean }[] {
  const ratio = timeOf(rows, names.cold) / timeOf(rows, names.clang);
  const hit = timeOf(rows, names.unchanged);
  return [
    { target: `a cold build within ${mostOfClang} × of clang alone: ${ratio.toFixed(2)} ×`, met: ratio <= mostOfClang },
    { target: `an unchanged one in less than ${mostForHit} ms: ${hit.toFixed(0)} ms`, met: hit < mostForHit },
    { target: `and in less than ${mostInProcess} ms in process: ${inProcess.toFixed(1)} ms`, met: inProcess < mostInProcess },
  ];
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
    { name: names.clang, argv: [...clang, ...includes, "-c", source, "-o", output] },
    { name: names.cold, argv: fresh, env: environment },
    { name: names.unchanged, argv: lbc, env: environment },
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
