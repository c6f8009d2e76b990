import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import type { Program } from "./observe.ts";
import { type Observed, parseOutput } from "./table.ts";

/** A program that runs: what it printed so far, and how to end it. */
export interface Running {
  readonly language: string;
  /** Resolves once it says that it is attached; rejects where it ends or says nothing for 30 seconds. */
  readonly attached: Promise<void>;
  /** Lines printed so far. */
  lines(): number;
  /** Ends it as Ctrl-C does, and reads what it printed. */
  stop(): Promise<Observed>;
}

const attachSeconds = 30;
const stopSeconds = 10;

/** Starts one of the five programs, filtered to the children of one process. */
export function start({ language, command, folder, env }: Program, parent: number): Running {
  const [file = "", ...rest] = command;
  const child = spawn(file, [...rest, String(parent)], { cwd: folder, stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...env } });
  let output = "";
  let errors = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors += text;
  });
  child.on("error", (error) => {
    errors += error.message;
  });
  return {
    language,
    attached: waitUntilAttached(child, () => errors),
    lines: () => output.split("\n").length - 1,
    stop: async () => {
      const failure = await end(child, () => errors);
      return parseOutput(language, output, failure);
    },
  };
}

async function waitUntilAttached(child: ChildProcess, errors: () => string): Promise<void> {
  const deadline = performance.now() + attachSeconds * 1000;
  // A program that cannot be started says so in an event of its own.
  await delay(1);
  while (!errors().includes("tracing")) {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null)
      throw new Error(`ended with ${child.exitCode ?? child.signalCode}: ${errors().trim()}`);
    if (performance.now() > deadline) throw new Error(`was not attached after ${attachSeconds} s: ${errors().trim()}`);
    await delay(20);
  }
}

/** null where it ended by itself with 0 within the time. */
async function end(child: ChildProcess, errors: () => string): Promise<string | null> {
  const ended = child.pid !== undefined && child.exitCode === null && child.signalCode === null ? once(child, "close") : Promise.resolve();
  child.kill("SIGINT");
  const inTime = await Promise.race([ended.then(() => true), delay(stopSeconds * 1000, false, { ref: false })]);
  if (!inTime) {
    child.kill("SIGKILL");
    await ended;
    return `did not end within ${stopSeconds} s of SIGINT`;
  }
  return child.exitCode === 0 ? null : `ended with ${child.exitCode ?? child.signalCode}: ${errors().trim()}`;
}
