import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import type { Check } from "./new-checks.ts";

/** Longest wait for what a program has to show. */
const patience = { milliseconds: 30_000 };

/** One line that was typed, and how long it took. */
export interface Step {
  readonly command: string;
  readonly seconds: number;
}

/** Somebody at a shell with an environment of their own; what they type is kept. */
export class Newcomer {
  readonly steps: Step[] = [];
  readonly #env: Readonly<Record<string, string>>;

  constructor(env: Readonly<Record<string, string>>) {
    this.#env = env;
  }

  /** The same person, with other variables in some places. */
  with(env: Readonly<Record<string, string>>): Newcomer {
    return new Newcomer({ ...this.#env, ...env });
  }

  /** Types a command and waits for its end. Returns what it printed; throws ExecaError where it failed. */
  async type(command: string, folder: string): Promise<string> {
    const started = performance.now();
    const { stdout } = await execa("bash", ["-c", command], { cwd: folder, stdin: "ignore", env: this.#env });
    this.#note(command, started);
    return stdout;
  }

  /** Types a command that runs until it is ended, and ends it once it has shown what it should. Returns what it printed. */
  async watch(command: string, folder: string, { workload, shows }: Check): Promise<string> {
    const started = performance.now();
    // A process group of its own, as a shell gives it: npm and its like run the program as a child.
    const program = spawn("bash", ["-c", command], {
      cwd: folder,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...this.#env },
      detached: true,
    });
    const output: string[] = [];
    for (const stream of [program.stdout, program.stderr]) stream.on("data", (text: Buffer) => output.push(text.toString()));
    const ended = once(program, "exit");
    try {
      while (!shows.test(output.join(""))) {
        if (program.exitCode !== null || performance.now() - started > patience.milliseconds)
          throw new Error(`"${command}" has not shown ${shows}, but:\n${output.join("")}`);
        await Promise.all([workload(), sleep(100)]);
      }
    } finally {
      if (program.pid !== undefined && program.exitCode === null) process.kill(-program.pid, "SIGKILL");
    }
    await ended;
    this.#note(command, started);
    return output.join("");
  }

  /** Types a command that prints to `head`, which ends after a line. Returns what the command says of that, once it has ended. */
  async leave(command: string, folder: string, { workload }: Check): Promise<string> {
    const program = spawn("bash", ["-c", `${command} | head -n 1`], {
      cwd: folder,
      stdio: ["ignore", "ignore", "pipe"],
      env: { ...process.env, ...this.#env },
      detached: true,
    });
    const said: string[] = [];
    program.stderr.on("data", (text: Buffer) => said.push(text.toString()));
    const started = performance.now();
    while (program.exitCode === null) {
      if (performance.now() - started > patience.milliseconds) {
        if (program.pid !== undefined) process.kill(-program.pid, "SIGKILL");
        throw new Error(`"${command}" goes on although nobody reads it`);
      }
      await Promise.all([workload(), sleep(100)]);
    }
    return said.join("");
  }

  #note(command: string, started: number): void {
    this.steps.push({ command, seconds: (performance.now() - started) / 1000 });
  }
}
