import { type ErrorDetails, LbcError } from "../errors.ts";

export type LayoutErrorCode =
  | "bad-name"
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

/** The error for types that no compiler makes so. */
export function damaged(code: LayoutErrorCode, details: Omit<ErrorDetails, "hint">): LayoutError {
  return new LayoutError(code, { ...details, hint: "the BTF is damaged, or not made by a compiler: compile the object again" });
}
