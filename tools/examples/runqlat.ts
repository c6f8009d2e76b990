import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { helper } from "./helper.ts";
import type { Check, Tool } from "./tool.ts";

/** Waits for a CPU, as the kernel itself counts them. */
interface Waits {
  readonly count: number;
  readonly nanoseconds: number;
}

/** A process that sleeps again and again while others keep every CPU busy. */
export const runqlat: Tool = {
  name: "runqlat",
  prints: "report",
  prepare: async () => {
    const sleeper = await helper<null>(fileURLToPath(import.meta.url), "");
    const before = await settledWaits(sleeper.pid);
    let busy: readonly ChildProcess[] = [];
    return {
      args: [String(sleeper.pid)],
      run: async () => {
        busy = Array.from({ length: 4 }, () => spawn("sh", ["-c", "while :; do :; done"], { stdio: "ignore" }));
        await sleeper.go();
        const after = await settledWaits(sleeper.pid);
        return check({ count: after.count - before.count, nanoseconds: after.nanoseconds - before.nanoseconds });
      },
      [Symbol.asyncDispose]: async () => {
        for (const child of busy) child.kill();
        sleeper.end();
      },
    };
  },
};

/** The process's counters, once it sleeps. */
async function settledWaits(pid: number): Promise<Waits> {
  for (let before = waitsOf(pid), tries = 0; tries < 50; tries++) {
    await delay(100);
    const now = waitsOf(pid);
    if (now.count === before.count) return now;
    before = now;
  }
  throw new Error(`process ${pid} does not come to rest`);
}

/** The sum of its threads. @see https://docs.kernel.org/scheduler/sched-stats.html */
function waitsOf(pid: number): Waits {
  const threads = readdirSync(`/proc/${pid}/task`).map((tid) => {
    const [, nanoseconds = 0, count = 0] = readFileSync(`/proc/${pid}/task/${tid}/schedstat`, "utf8").split(" ").map(Number);
    return { count, nanoseconds };
  });
  const sum = (of: keyof Waits): number => threads.reduce((total, thread) => total + thread[of], 0);
  return { count: sum("count"), nanoseconds: sum("nanoseconds") };
}

/** The two do not look at the same clock at the same instant, and a hypervisor may stop the machine in between: the unit has to be right, and about the sum. */
const tolerance = { count: 0.02, time: 0.3, nanosecondsPerWait: 5000 };

/** Of a histogram with rows as `FROM -> TO : COUNT |***|`, and lines as `CPU N: COUNT waits, TIME us`. */
export const check =
  (kernel: Waits): Check =>
  (output) => {
    const sum = (pattern: RegExp): number => [...output.matchAll(pattern)].reduce((total, [, number]) => total + Number(number), 0);
    const counted = sum(/^CPU \d+: (\d+) waits, \d+ us$/gm);
    const microseconds = sum(/^CPU \d+: \d+ waits, (\d+) us$/gm);
    const inHistogram = sum(/^ +\d+ -> \d+ +: (\d+) +\|/gm);
    const problems: string[] = [];
    if (kernel.count === 0) problems.push("the kernel counted no wait");
    if (Math.abs(counted - kernel.count) > kernel.count * tolerance.count)
      problems.push(`${counted} waits, the kernel counted ${kernel.count}`);
    if (inHistogram !== counted) problems.push(`${inHistogram} waits in the histogram, ${counted} on the CPUs`);
    const difference = Math.abs(microseconds * 1000 - kernel.nanoseconds);
    if (difference > kernel.nanoseconds * tolerance.time + kernel.count * tolerance.nanosecondsPerWait)
      problems.push(`${microseconds} us, the kernel measured ${kernel.nanoseconds / 1000} us`);
    return problems;
  };

helper.serve(import.meta.url, async () => {
  for (let times = 0; times < 100; times++) await delay(2);
  return null;
});
