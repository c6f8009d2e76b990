import { RuntimeError } from "../errors.ts";

/** A 64-bit integer as a number; `field` is where it stands. Throws RuntimeError `not-exact` beyond ±(2^53 - 1), where numbers have gaps. */
export function exactNumber(value: bigint, field?: string): number {
  const number = Number(value);
  if (Number.isSafeInteger(number)) return number;
  throw inexact(`${value}`, field);
}

/** A number as a 64-bit integer. Throws RuntimeError `not-exact` for fractions and beyond ±(2^53 - 1). */
export function exactBigInt(value: number, field?: string): bigint {
  if (Number.isSafeInteger(value)) return BigInt(value);
  throw inexact(`${value}`, field);
}

function inexact(value: string, field: string | undefined): RuntimeError {
  return new RuntimeError("not-exact", {
    message: `${field === undefined ? "" : `${field}: `}${value} is no integer from -(2^53 - 1) to 2^53 - 1, which numbers hold exactly`,
    hint: "generate with --u64 bigint, which has all 64 bits",
  });
}
