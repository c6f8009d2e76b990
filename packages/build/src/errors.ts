import { LbcError } from "@lbc/core";

export type BuildErrorCode =
  | "cannot-read"
  | "cannot-write"
  | "clang-not-found"
  | "compile-failed"
  | "strip-failed"
  | "vmlinux-unavailable"
  | "legacy-maps"
  | "unlinked-object";

/** What goes wrong around the pure core: files, clang, and what an SDK cannot be made of. */
export class BuildError extends LbcError<BuildErrorCode> {}
