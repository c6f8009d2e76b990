/** `JSON.rawJSON`, which TypeScript's libraries do not declare yet. @see https://tc39.es/proposal-json-parse-with-source/ */
interface RawJson {
  rawJSON(text: string): unknown;
}

/** One line of JSON; integers of 64 bits have all their digits. */
export function jsonLine(value: object): string {
  return `${JSON.stringify(value, exact)}\n`;
}

function exact(_: string, value: unknown): unknown {
  if (typeof value === "bigint") return (JSON as unknown as RawJson).rawJSON(value.toString());
  // JSON has no such numbers.
  return typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
}
