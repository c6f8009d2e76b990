import { type ErrorDetails, LbcError } from "@lbc/core";
import type { VerifierReport } from "./load/verifier-log.ts";

export type RuntimeErrorCode =
  | "not-linux"
  | "no-permission"
  | "no-kernel-btf"
  | "wrong-endianness"
  | "no-such-map"
  | "no-such-program"
  | "no-such-section"
  | "not-loaded"
  | "already-loaded"
  | "closed"
  | "unsupported"
  | "bad-object"
  | "unresolved-extern"
  | "verifier-refused"
  | "load-failed"
  | "map-failed"
  | "pin-failed"
  | "attach-target-missing"
  | "no-such-target"
  | "attach-failed"
  | "codec-mismatch"
  | "key-not-found"
  | "key-exists"
  | "map-full"
  | "bad-index"
  | "event-too-short"
  | "event-too-long"
  | "not-exact"
  | "out-of-range"
  | "already-reading"
  | "test-run-failed"
  | "system-call-failed";

export interface RuntimeErrorDetails extends ErrorDetails {
  /** Such as `EPERM`. */
  readonly errno?: string | undefined;
  /** The verifier's whole log. */
  readonly verifierLog?: string | undefined;
  /** The same, folded to why it ended and mapped to lines of the source: `verifierReportText` prints it. */
  readonly verifierReport?: VerifierReport | undefined;
  /** The first kernel version that has what is missing, such as `5.8`. */
  readonly since?: string | undefined;
}

/** What the runtime throws: a code, a hint, and what the kernel said. */
export class RuntimeError extends LbcError<RuntimeErrorCode> {
  readonly errno: string | undefined;
  readonly verifierLog: string | undefined;
  readonly verifierReport: VerifierReport | undefined;
  readonly since: string | undefined;

  constructor(code: RuntimeErrorCode, details: RuntimeErrorDetails = {}) {
    const { errno, verifierLog, verifierReport, since, ...rest } = details;
    super(code, rest);
    this.errno = errno;
    this.verifierLog = verifierLog;
    this.verifierReport = verifierReport;
    this.since = since;
  }
}
