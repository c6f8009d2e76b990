export { ObjectError, type ObjectErrorCode } from "./errors.ts";
export * from "./kinds.ts";
export { readExternMaps } from "./maps.ts";
export { readObject } from "./read.ts";
export { parseSectionName, type SectionMeaning } from "./sections.ts";
export type * from "./types.ts";
