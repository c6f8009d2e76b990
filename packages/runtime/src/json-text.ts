/** `JSON.rawJSON`, which TypeScript's libraries do not declare yet. @see https://tc39.es/proposal-json-parse-with-source/ */
interface RawJson {
  rawJSON(text: string): unknown;
}

/**
 * An event, a key or a value as JSON. Other than by `JSON.stringify` alone, integers of 64 bits, which are bigints, are numbers with all their
 * digits, and bytes are arrays. JSON has no infinities: they are strings.
 */
export function jsonText(value: unknown): string {
  return JSON.stringify(value, exact);
}

function exact(_: string, value: unknown): unknown {
  if (typeof value === "bigint") return (JSON as unknown as RawJson).rawJSON(value.toString());
  if (value instanceof Uint8Array) return Array.from(value);
  return typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
}
