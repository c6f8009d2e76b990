export { isMisplaced, scalarAlignment } from "./alignment.ts";
export { BtfBuilder, type NewBtfType, writeBtf } from "./build.ts";
export { type EnumForm, enumForm } from "./enum-form.ts";
export { BtfError, type BtfErrorCode } from "./errors.ts";
export { readBtfExt } from "./ext.ts";
export { intEncoding } from "./format.ts";
export { printRaw } from "./print-raw.ts";
export {
  arrayKind,
  constKind,
  dataSectionKind,
  declTagKind,
  enum64Kind,
  enumKind,
  floatKind,
  forwardKind,
  functionKind,
  functionPrototypeKind,
  intKind,
  pointerKind,
  RawBtf,
  restrictKind,
  structKind,
  typedefKind,
  typeTagKind,
  unionKind,
  variableKind,
  volatileKind,
} from "./raw.ts";
export { btfBytes, type ReadBtfOptions, rawBtf, readBtf, replaceTypes } from "./read.ts";
export { difference, type TypeAt } from "./same-shape.ts";
export { subsetBtf } from "./subset.ts";
export type * from "./types.ts";
export { isUndescribed, undescribedBytes } from "./undescribed.ts";
