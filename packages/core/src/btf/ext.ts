import { ByteReader } from "../bytes/index.ts";
import { BtfError } from "./errors.ts";
import { byteOrder } from "./tables.ts";
import type { Btf, BtfExt, CoreKind, CoreRelocation, FunctionInfo, LineInfo } from "./types.ts";

const section = ".BTF.ext";
const hint = "the type information is damaged; compile the object again";

/** `enum bpf_core_relo_kind`, in order. @see https://docs.kernel.org/bpf/llvm_reloc.html#co-re-relocations */
const coreKinds: readonly CoreKind[] = [
  "byte_offset",
  "byte_size",
  "exists",
  "signed",
  "lshift_u64",
  "rshift_u64",
  "type_id_local",
  "type_id_target",
  "type_exists",
  "type_size",
  "enumval_exists",
  "enumval_value",
  "type_matches",
];

/** One record of a table, at a byte offset of the section. */
type DecodeRecord<T> = (reader: ByteReader, at: number, sectionName: string) => T;

/**
 * Reads a .BTF.ext section: which function and which source line an instruction belongs to, and what CO-RE has to patch.
 * Records may be longer than lbc knows; what it does not know is passed over. Throws BtfError.
 * @see https://docs.kernel.org/bpf/btf.html#btf-ext-section
 */
export function readBtfExt(data: Uint8Array, btf: Btf): BtfExt {
  const reader = new ByteReader(data, byteOrder(data, btf.endianness, section), cut);
  const headerSize = reader.u32(4);
  const table = <T>(field: number, leastSize: number, decode: DecodeRecord<T>): T[] => {
    // An older compiler's header ends before the field, and then there is no such table.
    if (field + 8 > headerSize) return [];
    return readTable(reader, headerSize + reader.u32(field), reader.u32(field + 4), leastSize, btf, decode);
  };
  return {
    functions: table(8, 8, functionInfo),
    lines: table(16, 16, (source, at, name) => lineInfo(source, at, name, btf)),
    relocations: table(24, 16, (source, at, name) => coreRelocation(source, at, name, btf)),
  };
}

function readTable<T>(reader: ByteReader, offset: number, size: number, leastSize: number, btf: Btf, decode: DecodeRecord<T>): T[] {
  reader.slice(offset, size);
  if (size === 0) return [];
  const end = offset + size;
  const recordSize = reader.u32(offset);
  if (recordSize < leastSize || recordSize % 4 !== 0) {
    const message = `records of ${recordSize} bytes, where at least ${leastSize} are needed`;
    throw new BtfError("bad-record", { section, offset, message, hint });
  }
  const records: T[] = [];
  for (let at = offset + 4; at < end; ) {
    const name = btf.string(reader.u32(at));
    const count = reader.u32(at + 4);
    at += 8;
    if (at + count * recordSize > end) throw cut(at, count * recordSize);
    for (let index = 0; index < count; index++, at += recordSize) records.push(decode(reader, at, name));
  }
  return records;
}

function functionInfo(reader: ByteReader, at: number, sectionName: string): FunctionInfo {
  return { section: sectionName, offset: reader.u32(at), type: reader.u32(at + 4) };
}

function lineInfo(reader: ByteReader, at: number, sectionName: string, btf: Btf): LineInfo {
  const [fileAt, sourceAt, position] = [reader.u32(at + 4), reader.u32(at + 8), reader.u32(at + 12)];
  return {
    section: sectionName,
    offset: reader.u32(at),
    file: btf.string(fileAt),
    source: btf.string(sourceAt),
    fileAt,
    sourceAt,
    line: position >>> 10,
    column: position & 0x3ff,
  };
}

function coreRelocation(reader: ByteReader, at: number, sectionName: string, btf: Btf): CoreRelocation {
  const number = reader.u32(at + 12);
  const kind = coreKinds[number];
  if (kind === undefined) {
    throw new BtfError("unknown-kind", { section, offset: at, message: `unknown kind of CO-RE relocation ${number}`, hint: "update lbc" });
  }
  return { section: sectionName, offset: reader.u32(at), type: reader.u32(at + 4), access: btf.string(reader.u32(at + 8)), kind };
}

function cut(offset: number, size: number): BtfError {
  return new BtfError("truncated", { section, offset, message: `${size} bytes at offset ${offset} lie outside of the section`, hint });
}
