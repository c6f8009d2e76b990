import { LbcError } from "../errors.ts";

export type ObjectErrorCode =
  | "bad-program"
  | "bad-map-definition"
  | "bad-map-values"
  | "bad-data-section"
  | "bad-kconfig"
  | "bad-struct-ops"
  | "bad-version"
  | "missing-types";

/** The object's ELF and BTF can be read, but what they declare makes no sense. */
export class ObjectError extends LbcError<ObjectErrorCode> {}
