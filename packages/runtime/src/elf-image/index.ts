export { type ByteSource, bytesSource, readRange, withFile } from "./byte-source.ts";
export { ElfImage, type ImageSection, textAt, viewOf } from "./elf-image.ts";
export { type FunctionTable, functionTables } from "./functions.ts";
