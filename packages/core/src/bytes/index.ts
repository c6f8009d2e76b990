export { ByteReader, BytesError, type Endianness } from "./reader.ts";
export { StringTable } from "./string-table.ts";
export { decodeUtf8, encodeUtf8 } from "./text.ts";
export { TextWriter } from "./text-writer.ts";
export { ByteWriter } from "./writer.ts";
