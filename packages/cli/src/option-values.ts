import { InvalidArgumentError } from "commander";

/** The values of an option that may be repeated. */
export const append = (value: string, before: readonly string[] = []): string[] => [...before, value];

/** `MAP=TYPE`, one for each map. */
export function parseEvent(value: string, before: Record<string, string> = {}): Record<string, string> {
  const [map, type, ...rest] = value.split("=").map((part) => part.trim());
  if (!map || !type || rest.length > 0) throw new InvalidArgumentError("Write it as MAP=TYPE, such as events=event.");
  if (before[map] !== undefined && before[map] !== type) throw new InvalidArgumentError(`The events of ${map} are ${before[map]} already.`);
  return { ...before, [map]: type };
}

/** Only what the user said. */
export function given<Words extends object>(words: Words): { [Word in keyof Words]?: Exclude<Words[Word], undefined> } {
  return Object.fromEntries(Object.entries(words).filter(([, value]) => value !== undefined)) as never;
}
