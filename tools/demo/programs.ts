import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";

/** A tool in one language, ready to run. */
export interface Program {
  readonly language: string;
  readonly command: readonly string[];
  readonly folder: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** A program that runs: what it printed so far, and how to end it. */
export interface Running {
  readonly language: string;
  /** Resolves once it says "tracing" on its standard error, or anything on its standard output; rejects where it ends or says nothing for 30 seconds. */
  readonly attached: Promise<void>;
  /** What it printed so far. */
  output(): string;
  /** Ends it as Ctrl-C does; tells what went wrong while it ran, null where nothing did. */
  stop(): Promise<string | null>;
}

const attachSeconds = 30;
const stopSeconds = 10;

/** Starts a program with arguments. */
export function start({ language, command, folder, env }: Program, args: readonly string[]): Running {
  const [file = "", ...rest] = command;
  const child = spawn(file, [...rest, ...args], { cwd: folder, stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...env } });
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
    attached: waitUntilAttached(
      child,
      () => errors,
      () => output !== "" || errors.includes("tracing"),
    ),
    output: () => output,
    stop: () => end(child, () => errors),
  };
}

async function waitUntilAttached(child: ChildProcess, errors: () => string, isAttached: () => boolean): Promise<void> {
  const deadline = performance.now() + attachSeconds * 1000;
  // A program that cannot be started says so in an event of its own.
  await delay(1);
  while (!isAttached()) {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null)
      throw new Error(`ended with ${child.exitCode ?? child.signalCode}: ${errors().trim()}`);
    if (performance.now() > deadline) throw new Error(`was not attached after ${attachSeconds} s: ${errors().trim()}`);
    await delay(20);
  }
}

/** null where it ended with 0, or by the signal itself, within the time. */
async function end(child: ChildProcess, errors: () => string): Promise<string | null> {
  const ended = child.pid !== undefined && child.exitCode === null && child.signalCode === null ? once(child, "close") : Promise.resolve();
  child.kill("SIGINT");
  const inTime = await Promise.race([ended.then(() => true), delay(stopSeconds * 1000, false, { ref: false })]);
  if (!inTime) {
    child.kill("SIGKILL");
    await ended;
    return `did not end within ${stopSeconds} s of SIGINT`;
  }
  return child.exitCode === 0 || child.signalCode === "SIGINT"
    ? null
    : `ended with ${child.exitCode ?? child.signalCode}: ${errors().trim()}`;
}
