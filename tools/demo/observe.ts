import { setTimeout as delay } from "node:timers/promises";
import { type Program, type Running, start } from "./programs.ts";
import { type Observed, parseOutput } from "./table.ts";
import { type Execution, runWorkload, startWorkload } from "./workload.ts";

const eventSeconds = 10;

/** Runs all programs at the same time while the workload executes, and reads what each reported. */
export async function observe(
  programs: readonly Program[],
): Promise<{ executions: readonly Execution[]; observations: readonly Observed[] }> {
  const workload = startWorkload();
  const running = programs.map((program) => start(program, [String(workload.pid)]));
  const failures = await Promise.all(running.map(({ attached }) => attached.then(() => null).catch((error: Error) => error.message)));
  const executions = await runWorkload(workload);
  await untilReported(
    running.filter((_, index) => failures[index] === null),
    executions.length,
  );
  const stopped = await Promise.all(running.map((program) => program.stop()));
  const observations = running.map(({ language, output }, index) =>
    failures[index] == null ? parseOutput(language, output(), stopped[index] ?? null) : parseOutput(language, "", failures[index]),
  );
  return { executions, observations };
}

/** Events arrive asynchronously: each program gets the time to print them, no longer. */
async function untilReported(running: readonly Running[], lines: number): Promise<void> {
  const deadline = performance.now() + eventSeconds * 1000;
  while (performance.now() < deadline && running.some((program) => program.output().split("\n").length <= lines)) await delay(20);
}
