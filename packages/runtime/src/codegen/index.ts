/** What generated modules stand on; people import from `@lbc/runtime`. */
export { readText, writeText } from "../codec.ts";
export { flexibleLength, readArray, readBytes, record, writeArray, writeBytes } from "./arrays.ts";
export { type BitRange, readBits, writeBits } from "./bits.ts";
export type { EnumValue } from "./enum-value.ts";
export { exactBigInt, exactNumber } from "./exact.ts";
export { signed, unsigned } from "./integers.ts";
export { defineFields, defineStruct, type FieldLayout, type StructLayout } from "./layout.ts";
export { configure, decodeObject, type MapOptions, type ProgramOptions } from "./object.ts";
export { type StructOpsOptions, TypedStructOps } from "./open-struct-ops.ts";
export { copyOf, StructView, sectionView, type Values, zeroed } from "./struct-view.ts";
