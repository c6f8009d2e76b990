import { LbcError } from "../errors.ts";

export type LayoutErrorCode =
  | "unknown-type"
  | "ambiguous-type"
  | "unknown-map"
  | "not-an-event-map"
  | "incomplete-type"
  | "not-a-value"
  | "cycle"
  | "too-deep"
  | "type-too-large"
  | "member-out-of-range"
  | "overlapping-members"
  | "endianness-mismatch";

/** The types of an object cannot be laid out as its BTF says, or the user named a type or map that is not there. */
export class LayoutError extends LbcError<LayoutErrorCode> {}
