import { CommanderError } from "commander";
import type { Io } from "./io.ts";
import { createProgram } from "./program.ts";
import { type ExitCode, exitCodes, reportError } from "./report.ts";

export type { Io, Output } from "./io.ts";
export type { ExitCode } from "./report.ts";

/** The `lbc` command with its arguments, without the program's name. Gives the exit code: 0 done, 1 failed, 2 wrong use or bad input. */
export async function main(argv: readonly string[], io: Io): Promise<ExitCode> {
  let code: ExitCode = exitCodes.done;
  const program = createProgram(io, (result) => {
    code = result;
  });
  try {
    await program.parseAsync(argv, { from: "user" });
    return code;
  } catch (error) {
    // Commander has told the user already; help and version come here as well, with 0.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.badInput;
    return reportError(error, io, argv.includes("--json"));
  }
}
