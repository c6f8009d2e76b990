import { LbcError } from "@lbc/core";
import type { Io } from "./io.ts";

/** What the command ends with: done, failed, wrong use or bad input. */
export const exitCodes = { done: 0, failed: 1, badInput: 2 } as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** What went wrong around the input, not in it. */
const failures = new Set(["bpftool-not-found", "cannot-write", "clang-not-found", "strip-failed", "vmlinux-unavailable"]);

/** Tells the user of an error, as words or as one line of JSON, and gives the exit code that it means. */
export function reportError(error: unknown, io: Io, json: boolean): ExitCode {
  if (!(error instanceof LbcError)) {
    const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
    io.stderr.write(json ? `${JSON.stringify({ error: { code: "internal", message: what } })}\n` : `lbc: this is a bug in lbc: ${what}\n`);
    return exitCodes.failed;
  }
  io.stderr.write(json ? `${JSON.stringify({ error: errorJson(error) })}\n` : `lbc: ${error.describe()}\n${hintLine(error.hint)}`);
  return failures.has(error.code) ? exitCodes.failed : exitCodes.badInput;
}

export const hintLine = (hint: string | null | undefined): string => (hint ? `  hint: ${hint}\n` : "");

function errorJson({ code, message, place, hint }: LbcError): object {
  return { code, message, ...place, ...(hint === undefined ? {} : { hint }) };
}
