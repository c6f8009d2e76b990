import { ByteReader, type Endianness, StringTable } from "../bytes/index.ts";
import { BtfError } from "./errors.ts";
import { btfHeaderSize, btfMagic, btfVersion, kindNames, trailingWords } from "./format.ts";

/** The two halves of a .BTF section, and where each record begins: nothing is decoded yet. */
export interface BtfTables {
  readonly endianness: Endianness;
  /** The type section, in the host's byte order. Every field of BTF has 4 bytes or lies in such a word. */
  readonly words: Uint32Array;
  /** For each type the index of its first word. */
  readonly records: Uint32Array;
  readonly strings: StringTable;
  /** Of all strings together, with those of the base: where the first of `strings` begins. */
  readonly firstString: number;
  /** For each type the first four bytes of its name, and of what follows it where it is shorter; 0 where it is the base's. */
  readonly keys: Uint32Array;
}

const hint = "the type information is damaged; compile the object again";
/** name_off, info, size or type */
const recordWords = 3;
/** A little less than the kernel's records have on average, so that its tables need not grow. */
const wordsEach = 5;
/** More than any file has. */
const endless = 0x7fff_ffff;

/** Reads the header and finds each record, in one pass over the bytes. Throws BtfError. */
export function readTables(data: Uint8Array, expected: Endianness | undefined, firstString: number): BtfTables {
  const endianness = byteOrder(data, expected);
  const reader = new ByteReader(data, endianness, cut);
  const version = reader.u8(2);
  if (version !== btfVersion) {
    throw new BtfError("unsupported-version", {
      section: ".BTF",
      offset: 2,
      message: `BTF version ${version} is not known`,
      hint: "update lbc",
    });
  }
  const headerSize = reader.u32(4);
  if (headerSize < btfHeaderSize) throw cut(4, btfHeaderSize);
  const types = reader.slice(headerSize + reader.u32(8), reader.u32(12));
  const strings = reader.slice(headerSize + reader.u32(16), reader.u32(20));
  if (types.length % 4 !== 0) throw cut(12, types.length);
  const words = toWords(types, endianness);
  return { endianness, words, strings: new StringTable(strings), firstString, ...findRecords(words, strings, firstString) };
}

/** The magic number tells the byte order; one that is given must agree. */
export function byteOrder(data: Uint8Array, expected: Endianness | undefined, section = ".BTF"): Endianness {
  const [first, second] = data;
  const found =
    first === (btfMagic & 0xff) && second === btfMagic >> 8
      ? "little"
      : first === btfMagic >> 8 && second === (btfMagic & 0xff)
        ? "big"
        : null;
  if (found === null) throw new BtfError("not-btf", { section, offset: 0, message: "this is no BTF (no magic number)", hint });
  if (expected !== undefined && expected !== found) {
    throw new BtfError("not-btf", { section, offset: 0, message: `the BTF is ${found}-endian, the object ${expected}-endian`, hint });
  }
  return found;
}

function cut(offset: number, size: number): BtfError {
  return new BtfError("truncated", { section: ".BTF", offset, message: `${size} bytes at offset ${offset} lie outside of the BTF`, hint });
}

export const hostEndianness: Endianness = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? "little" : "big";

/** Where they lie, if their place and byte order allow it: the kernel has 4 MB of them. */
function toWords(bytes: Uint8Array, endianness: Endianness): Uint32Array {
  if (endianness === hostEndianness && bytes.byteOffset % 4 === 0) {
    return new Uint32Array(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.length / 4);
  }
  const copy = new Uint8Array(bytes);
  const words = new Uint32Array(copy.buffer);
  if (endianness !== hostEndianness) {
    const view = new DataView(copy.buffer);
    for (let index = 0; index < words.length; index++) words[index] = view.getUint32(index * 4, endianness === "little");
  }
  return words;
}

/** Words of a record of each of the 32 kinds, and of each of its elements. Kinds that are not known end the walk: nothing is that long. */
const fixedWords = Uint32Array.from({ length: 32 }, (_, kind) =>
  kind === 0 ? endless : recordWords + (trailingWords[kind]?.fixed ?? endless),
);
const elementWords = Uint32Array.from({ length: 32 }, (_, kind) => trailingWords[kind]?.each ?? 0);

/** A kernel has 120,000 records of six words, and this loop runs before V8 has compiled it: it does as little as it can. */
function findRecords(words: Uint32Array, strings: Uint8Array, firstString: number): Pick<BtfTables, "records" | "keys"> {
  const { length } = words;
  let records = new Uint32Array(Math.max(16, Math.ceil(length / wordsEach)));
  let keys = new Uint32Array(records.length);
  let count = 0;
  let at = 0;
  while (at < length) {
    if (count === records.length) [records, keys] = [grow(records), grow(keys)];
    const room = records.length;
    while (at < length && count < room) {
      const info = words[at + 1] as number;
      const kind = (info >>> 24) & 0x1f;
      const name = (words[at] as number) - firstString;
      keys[count] =
        (strings[name] as number) |
        ((strings[name + 1] as number) << 8) |
        ((strings[name + 2] as number) << 16) |
        ((strings[name + 3] as number) << 24);
      records[count++] = at;
      at += (fixedWords[kind] as number) + (elementWords[kind] as number) * (info & 0xffff);
    }
  }
  if (at > length) throw cutRecord(words, records[count - 1] ?? 0, at);
  return { records: records.subarray(0, count), keys: keys.subarray(0, count) };
}

function grow(records: Uint32Array): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(records.length * 2);
  larger.set(records);
  return larger;
}

function cutRecord(words: Uint32Array, start: number, end: number): BtfError {
  const kind = ((words[start + 1] ?? 0) >>> 24) & 0x1f;
  return kindNames[kind] === undefined || kind === 0 ? unknownKind(kind, start * 4) : cut(start, (end - words.length) * 4);
}

function unknownKind(kind: number, offset: number): BtfError {
  const known = `kinds 1 to ${kindNames.length - 1} are known`;
  return new BtfError("unknown-kind", { section: ".BTF", offset, message: `unknown kind of type ${kind}; ${known}`, hint });
}
