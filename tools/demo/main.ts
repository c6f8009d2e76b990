import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { combine, generate, writeFiles } from "@lbc/build";
import { ExecaError } from "execa";
import { compileBpf } from "../fixtures/compile.ts";
import { root, scratch } from "../paths.ts";
import { examples, folderOf, programOf } from "./examples.ts";
import { observe } from "./observe.ts";
import { missingPermission } from "./permission.ts";
import { differences, renderTable } from "./table.ts";

const say = (line: string): void => console.log(`demo: ${line}`);

/** Compiles execsnoop, makes five SDKs, builds five programs, and runs them side by side. Returns the exit code. */
async function demo(): Promise<number> {
  const object = join(scratch, "demo/execsnoop.bpf.o");
  await mkdir(join(scratch, "demo"), { recursive: true });
  await timed("clang compiles examples/execsnoop/execsnoop.bpf.c", () =>
    compileBpf(join(root, "examples/execsnoop/execsnoop.bpf.c"), object),
  );
  await timed("lbc makes five SDKs", () => generateSdks(object));
  for (const example of examples) await timed(`the ${example.language} program is built`, () => example.build(folderOf(example)));
  const missing = await missingPermission();
  if (missing !== null) {
    say(`${missing}; everything was generated and compiled, nothing was run`);
    return 1;
  }
  say("five programs run while a workload executes\n");
  const { executions, observations } = await observe(examples.map(programOf));
  console.log(`${renderTable(executions, observations)}\n`);
  const problems = observations.flatMap((observed) =>
    differences(executions, observed).map((difference) => `${observed.language}: ${difference}`),
  );
  for (const problem of problems) say(problem);
  if (problems.length === 0)
    say(`all ${observations.length} languages report the ${executions.length} executions of the workload, and count the same`);
  return problems.length === 0 ? 0 : 1;
}

async function generateSdks(object: string): Promise<void> {
  const bytes = await readFile(object);
  const sdks = await generate(bytes, { name: "execsnoop", source: "execsnoop.bpf.o", languages: examples.map(({ language }) => language) });
  for (const example of examples) {
    const files = sdks.get(example.language);
    if (files !== undefined) await writeFiles(combine(new Map([[example.language, files]])), join(folderOf(example), example.sdk));
  }
}

async function timed(what: string, work: () => Promise<unknown>): Promise<void> {
  const started = performance.now();
  await work();
  say(`${what} (${((performance.now() - started) / 1000).toFixed(1)} s)`);
}

process.exitCode = await demo().catch((error: Error) => {
  if (!(error instanceof ExecaError)) throw error;
  say(`${error.shortMessage}\n${error.stdout}\n${error.stderr}`);
  return 1;
});
