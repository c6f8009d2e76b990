import { differences, parseOutput } from "../demo/table.ts";
import { type Execution, runWorkload, startWorkload } from "../demo/workload.ts";
import type { Check, Tool } from "./tool.ts";

/** A process that executes commands, as different users, when it is told to. */
export const execsnoop: Tool = {
  name: "execsnoop",
  prints: "events",
  prepare: async () => {
    const workload = startWorkload();
    return {
      args: [String(workload.pid)],
      run: async () => check(await runWorkload(workload)),
      [Symbol.asyncDispose]: async () => void workload.kill(),
    };
  },
};

/** Of one line for each execution, and of the counts that follow at the end. */
export const check =
  (executions: readonly Execution[]): Check =>
  (output, hasEnded = true) => {
    const observed = parseOutput("execsnoop", output, null);
    if (hasEnded) return differences(executions, observed);
    return observed.events.length < executions.length ? ["not all events have arrived"] : [];
  };
