import { type SpawnOptions, spawn } from "node:child_process";

/** What became of a program. */
export interface Finished {
  /** null where it could not be started or was ended by a signal; `stderr` tells why. */
  readonly exitCode: number | null;
  /** What ended it; null where it could not be started, or ended by itself. */
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a program to its end. On node:child_process alone: every other library takes as long to import as a sixth of what clang needs for a
 * whole program, and nothing can be compiled meanwhile.
 * `input` may come later, when the program has started; where it never does, the program is ended.
 */
export function run(program: string, args: readonly string[], input?: string | Promise<Uint8Array>): Promise<Finished> {
  const options: SpawnOptions = {
    stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
    // a clang that gives up, as on a full disk, would leave files with its own symbols behind
    env: { ...process.env, LLVM_DISABLE_SYMBOLIZATION: "1" },
  };
  return new Promise((resolve) => {
    const child = spawn(program, args, options);
    const output = { stdout: "", stderr: "" };
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      output.stdout += text;
    });
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      output.stderr += text;
    });
    // A program that ends before it has read its input says why itself.
    child.stdin?.on("error", () => undefined);
    Promise.resolve(input).then(
      (bytes) => child.stdin?.end(bytes),
      () => child.kill(),
    );
    child.on("error", (error) => resolve({ ...output, exitCode: null, signal: null, stderr: error.message }));
    child.on("close", (exitCode, signal) =>
      resolve({ ...output, exitCode, signal, stderr: signal === null ? output.stderr : `${output.stderr}ended by ${signal}` }),
    );
  });
}
