import { LbcError } from "../errors.ts";

export type CoreRelocationErrorCode =
  | "bad-access"
  | "ambiguous"
  | "bit-field-too-wide"
  | "offset-out-of-range"
  | "unexpected-instruction"
  | "unnamed-type";

/** A relocation that cannot be applied. One whose target is merely absent is no error: its instruction is poisoned. */
export class CoreRelocationError extends LbcError<CoreRelocationErrorCode> {}
