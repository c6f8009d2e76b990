import { RunError } from "./errors.ts";

/** In milliseconds. */
const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
/** The longest that a timer takes. */
const longest = 2 ** 31 - 1;

/** `5s`, `500ms`, `1.5m`, `2h`, and a plain number of seconds; in milliseconds. Throws RunError `bad-value`. */
export function parseDuration(text: string, what: string): number {
  const [, number, unit = "s"] = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text) ?? [];
  const milliseconds = number === undefined ? Number.NaN : Number(number) * (units[unit] ?? Number.NaN);
  if (milliseconds >= 1 && milliseconds <= longest) return milliseconds;
  throw new RunError("bad-value", { message: `"${text}" is no ${what}`, hint: "write it as 5s, 500ms, 2m or 1h" });
}

/** A number from 1 on. Throws RunError `bad-value`. */
export function parseCount(text: string): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(count) && count > 0) return count;
  throw new RunError("bad-value", { message: `"${text}" is no number of entries`, hint: "write it as 10" });
}
