import { LbcError } from "@lbc/core";

export type KernelsErrorCode =
  | "no-such-kernel"
  | "tool-not-found"
  | "download-failed"
  | "no-kernel-image"
  | "no-kernel-btf"
  | "cannot-read";

/** What goes wrong before a kernel runs: what it did itself is its result, not an error. */
export class KernelsError extends LbcError<KernelsErrorCode> {}
