/** The name of an enumerator, the first one of those with this value; undefined where the enum does not have it. */
export function enumName<Values extends Readonly<Record<string, number | bigint>>>(
  values: Values,
  value: number | bigint,
): (keyof Values & string) | undefined {
  return Object.keys(values).find((name) => values[name] === value);
}
