/** How C says of which integer type an enum is: by its values alone, by `__attribute__((packed))` beside them, or by its name behind a colon. */
export type EnumForm = "plain" | "packed" | "fixed";

/**
 * The form in which every compiler gives an enum the size (in bytes) and the sign that its BTF has; `least` and `greatest` are of its
 * values, each of which the integer type can hold. Without negative values gcc and clang take an unsigned type: of 4 bytes or 8, packed
 * the smallest. `mode(…)` is no form: for it clang takes a signed type whatever the values are, and gcc an unsigned one.
 */
export function enumForm(size: number, isSigned: boolean, least: number | bigint, greatest: number | bigint): EnumForm {
  if (least < 0 !== isSigned) return "fixed";
  const bytes = [1, 2, 4].find((count) => holds(count, isSigned, least, greatest)) ?? 8;
  if (size === Math.max(bytes, 4)) return "plain";
  return size === bytes ? "packed" : "fixed";
}

function holds(bytes: number, isSigned: boolean, least: number | bigint, greatest: number | bigint): boolean {
  const limit = 2 ** (bytes * 8 - (isSigned ? 1 : 0));
  return greatest < limit && least >= -limit;
}
