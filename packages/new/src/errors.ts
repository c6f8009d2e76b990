import { LbcError } from "@lbc/core";

export type NewErrorCode = "bad-name" | "folder-not-empty";

/** Why there is no new project. */
export class NewError extends LbcError<NewErrorCode> {}
