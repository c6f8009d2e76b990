/** Byte order of a multi-byte number. */
export type Endianness = "little" | "big";
