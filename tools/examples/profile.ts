import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { execa } from "execa";
import type { Check, Tool } from "./tool.ts";

/** Only functions that call each other and never return; it starts stopped. */
const source = `#include <signal.h>
static void inner(void) { for (volatile unsigned i = 0;; i++); }
static void outer(void) { inner(); }
int main(void) { raise(SIGSTOP); outer(); return 0; }
`;
const hertz = 99;
const milliseconds = 1500;

/** A program whose stack is known, and whose time on a CPU the kernel measures. */
export const profile: Tool = {
  name: "profile",
  prints: "report",
  prepare: async () => {
    await using cleanup = new AsyncDisposableStack();
    const folder = await mkdtemp(join(tmpdir(), "lbc-profile-"));
    cleanup.defer(() => rm(folder, { recursive: true }));
    await writeFile(join(folder, "spin.c"), source);
    await execa("cc", ["-O0", "-fno-omit-frame-pointer", "-o", "spin", "spin.c"], { cwd: folder });
    const spinner = spawn(join(folder, "spin"), { stdio: "ignore" });
    cleanup.defer(() => end(spinner));
    const resources = cleanup.move();
    return {
      args: [String(spinner.pid)],
      run: async () => {
        const before = secondsOf(spinner);
        spinner.kill("SIGCONT");
        await delay(milliseconds);
        spinner.kill("SIGSTOP");
        await delay(50);
        return check(secondsOf(spinner) - before);
      },
      [Symbol.asyncDispose]: () => resources.disposeAsync(),
    };
  },
};

async function end(child: ChildProcess): Promise<void> {
  child.kill("SIGKILL");
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
}

/** On a CPU so far. @see https://docs.kernel.org/scheduler/sched-stats.html */
const secondsOf = ({ pid }: ChildProcess): number => Number(readFileSync(`/proc/${pid}/schedstat`, "utf8").split(" ")[0]) / 1e9;

/** Samples are taken by chance where CPUs are shared. */
const tolerance = { share: 0.3, samples: 8 };

/** Of lines as `spin;…;main;outer;inner COUNT`. */
export const check =
  (seconds: number): Check =>
  (output) => {
    const all = [...output.matchAll(/^(\S+) (\d+)$/gm)].map(([, stack = "", count]) => ({ stack, count: Number(count) }));
    const sum = (rows: typeof all): number => rows.reduce((total, { count }) => total + count, 0);
    const named = sum(all.filter(({ stack }) => /^spin;.*main;outer;inner(;|$)/.test(stack)));
    const expected = seconds * hertz;
    const problems = all.filter(({ stack }) => !stack.startsWith("spin;")).map(({ stack }) => `of another process: ${stack}`);
    if (named < 0.9 * sum(all)) problems.push(`${named} of ${sum(all)} samples have the stack main, outer, inner`);
    if (Math.abs(sum(all) - expected) > expected * tolerance.share + tolerance.samples)
      problems.push(`${sum(all)} samples, it ran for ${seconds.toFixed(2)} s: ${expected.toFixed(0)}`);
    return problems;
  };
