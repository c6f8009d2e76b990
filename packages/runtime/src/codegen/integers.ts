import { RuntimeError } from "../errors.ts";

/** An unsigned integer of so many bits as it is; `field` is where it would be written. Throws RuntimeError `out-of-range`. */
export function unsigned<Integer extends number | bigint>(value: Integer, bits: number, field?: string): Integer {
  if (typeof value === "bigint" ? BigInt.asUintN(bits, value) === value : Number.isInteger(value) && value >= 0 && value < 2 ** bits)
    return value;
  throw outOfRange(value, 0n, 2n ** BigInt(bits), field);
}

/** The same of a signed one. */
export function signed<Integer extends number | bigint>(value: Integer, bits: number, field?: string): Integer {
  if (
    typeof value === "bigint"
      ? BigInt.asIntN(bits, value) === value
      : Number.isInteger(value) && value >= -(2 ** (bits - 1)) && value < 2 ** (bits - 1)
  )
    return value;
  const end = 2n ** BigInt(bits - 1);
  throw outOfRange(value, -end, end, field);
}

function outOfRange(value: unknown, first: bigint, end: bigint, field = "its place"): RuntimeError {
  const message = `${value} does not fit in ${field}, which holds integers from ${first} to ${end - 1n}`;
  return new RuntimeError("out-of-range", { message, hint: "BigInt.asUintN and BigInt.asIntN cut values off as C does" });
}
