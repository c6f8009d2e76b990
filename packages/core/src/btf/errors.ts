import { LbcError } from "../errors.ts";

export type BtfErrorCode =
  | "not-btf"
  | "no-btf"
  | "unsupported-version"
  | "truncated"
  | "unknown-kind"
  | "bad-record"
  | "bad-string-offset"
  | "bad-linkage"
  | "type-id-out-of-range"
  | "cycle"
  | "no-size"
  | "too-large"
  | "base-mismatch";

/** The type information is damaged, or newer than lbc knows. */
export class BtfError extends LbcError<BtfErrorCode> {}
