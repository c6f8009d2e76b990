import { CommanderError } from "commander";
import type { Io } from "./io.ts";
import { createProgram } from "./program.ts";
import { type ExitCode, exitCodes, reportError } from "./report.ts";

export type { Io, Output } from "./io.ts";
export type { ExitCode } from "./report.ts";

/** The `lbc` command with its arguments, without the program's name. Gives the exit code: 0 done, 1 failed, 2 wrong use or bad input. */
export async function main(argv: readonly string[], io: Io): Promise<ExitCode> {
  let code: ExitCode = exitCodes.done;
  const finish = (result: ExitCode): void => {
    code = result;
  };
  const program = await createProgram(io, finish, argv[0]);
  try {
    await program.parseAsync(argv, { from: "user" });
    return code;
  } catch (error) {
    const own = argv.includes("--") ? argv.slice(0, argv.indexOf("--")) : argv;
    const json = own.includes("--json");
    if (!(error instanceof CommanderError)) return reportError(error, io, json);
    // Commander has told the user already; help and version come here as well, with 0.
    if (error.exitCode === 0) return exitCodes.done;
    if (json) io.stdout.write(`${JSON.stringify({ error: { code: "wrong-use", message: error.message.replace(/^error: /, "") } })}\n`);
    return exitCodes.badInput;
  }
}
