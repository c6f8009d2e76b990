/** An enumerator of `const Color = { RED: 0 } as const`, or a value that the object does not know; editors offer the enumerators. */
export type EnumValue<Values, Wide extends number | bigint = number> = Values[keyof Values] | (Wide & Record<never, never>);
