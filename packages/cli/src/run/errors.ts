import { LbcError } from "@lbc/core";

export type RunErrorCode =
  | "cannot-read"
  | "bad-one-liner"
  | "bad-hook"
  | "unknown-probe"
  | "no-tracefs"
  | "unknown-variable"
  | "bad-value"
  | "out-of-range"
  | "not-settable"
  | "bad-target"
  | "nothing-attached";

/** What is wrong with what `lbc run` was asked for, before the kernel is. */
export class RunError extends LbcError<RunErrorCode> {}
