import { LbcError } from "@lbc/core";

export type TestErrorCode = "no-source" | "bad-kernel";

/** What is wrong with what `lbc test` was asked for. */
export class TestError extends LbcError<TestErrorCode> {}
