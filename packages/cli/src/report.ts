import { LbcError } from "@lbc/core";
import type { Io } from "./io.ts";

/** What the command ends with: done, failed, wrong use or bad input. */
export const exitCodes = { done: 0, failed: 1, badInput: 2 } as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** What went wrong around the input, not in it. */
const failures = new Set([
  ...["bpftool-not-found", "cannot-write", "clang-not-found", "strip-failed", "runtime-not-found", "vmlinux-unavailable"],
  ...["no-kernel-btf", "no-permission", "no-tracefs", "not-linux", "unsupported"],
]);

/** Tells the user of an error in words, and with `--json` programs in one document on standard output; gives the exit code that it means. */
export function reportError(error: unknown, io: Io, json: boolean): ExitCode {
  const code = tellError(error, io);
  if (json) io.stdout.write(`${JSON.stringify({ error: errorJson(error) })}\n`);
  return code;
}

/** In words only: what clang found is told as clang does. */
export function tellError(error: unknown, { stderr }: Io): ExitCode {
  if (!(error instanceof LbcError)) {
    stderr.write(`lbc: this is a bug in lbc: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    return exitCodes.failed;
  }
  const words = "diagnostics" in error ? String(error.diagnostics) : `lbc: ${error.describe()}\n`;
  stderr.write(`${words}${hintLine(error.hint)}`);
  return failures.has(error.code) ? exitCodes.failed : exitCodes.badInput;
}

export const hintLine = (hint: string | null | undefined): string => (hint ? `  hint: ${hint}\n` : "");

/** What a program reads of an error: its code, its place and what to do. */
export function errorJson(error: unknown): object {
  if (!(error instanceof LbcError)) return { code: "internal", message: error instanceof Error ? error.message : String(error) };
  const { code, message, place, hint } = error;
  return { code, message, ...place, ...(hint === undefined ? {} : { hint }) };
}
