export { BtfBuilder, type NewBtfType, writeBtf } from "./build.ts";
export { BtfError, type BtfErrorCode } from "./errors.ts";
export { readBtfExt } from "./ext.ts";
export { type ReadBtfOptions, readBtf, replaceTypes } from "./read.ts";
export type * from "./types.ts";
