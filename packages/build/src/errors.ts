import { type ErrorPlace, LbcError } from "@lbc/core";
import { plainText } from "./plain-text.ts";

export type BuildErrorCode =
  | "bpftool-not-found"
  | "cannot-read"
  | "cannot-write"
  | "clang-not-found"
  | "compile-failed"
  | "link-failed"
  | "output-is-input"
  | "runtime-not-found"
  | "strip-failed"
  | "unknown-type"
  | "vmlinux-unavailable"
  | "legacy-maps"
  | "maps-without-btf"
  | "unlinked-object";

/** What goes wrong around the pure core: files, clang, and what an SDK cannot be made of. */
export class BuildError extends LbcError<BuildErrorCode> {}

/** A source that clang refuses. */
export class CompileError extends BuildError {
  /** Clang's own words, as they are to be shown. */
  readonly diagnostics: string;

  constructor(source: string, diagnostics: string, hint: string | undefined) {
    const first = firstError.exec(plainText(diagnostics))?.groups;
    const place: ErrorPlace = first === undefined ? { file: source } : { file: first["file"], line: Number(first["line"]) };
    super("compile-failed", { ...place, message: `clang failed\n${diagnostics}`, hint });
    this.diagnostics = diagnostics;
  }
}

const firstError = /^(?<file>[^\n]*?):(?<line>\d+):\d+: (?:fatal )?error: /m;
