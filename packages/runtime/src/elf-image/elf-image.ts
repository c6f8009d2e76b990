import { RuntimeError } from "../errors.ts";
import type { ByteSource } from "./byte-source.ts";

/** Offsets in the file header. @see https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html */
const header = {
  size: 64,
  type: 16,
  programHeaders: 32,
  sectionHeaders: 40,
  programHeaderCount: 56,
  sectionHeaderCount: 60,
  nameTable: 62,
} as const;
const programHeaderSize = 56;
const sectionHeaderSize = 64;
/** ET_DYN, PT_LOAD, PF_X and SHT_NOBITS. */
const sharedObject = 3;
const loadable = 1;
const executable = 1;
const noBits = 8;
const utf8 = new TextDecoder();

/** A part of the file that is mapped into memory. */
export interface Segment {
  /** In the file. */
  readonly offset: number;
  /** Of the first byte, as the file says; where it really lies is up to who maps it. */
  readonly address: number;
  readonly fileSize: number;
  readonly executable: boolean;
}

export interface ImageSection {
  readonly name: string;
  /** `sh_type`. */
  readonly type: number;
  readonly address: number;
  readonly offset: number;
  readonly size: number;
  /** Index of the section that this one refers to: of a symbol table its strings. */
  readonly link: number;
}

/** An executable, a shared library or a file of debug symbols of this machine: any ELF64 that is not a BPF object. */
export class ElfImage {
  /** Where the file came from, for messages. */
  readonly file: string;
  readonly littleEndian: boolean;
  /** Whether it may be mapped anywhere: a library, or a position-independent program. */
  readonly movable: boolean;
  readonly segments: readonly Segment[];
  readonly sections: readonly ImageSection[];
  readonly #source: ByteSource;

  /** Reads the tables; the content of sections is read when it is asked for. Throws RuntimeError `no-such-target`. */
  constructor(source: ByteSource, file: string) {
    this.#source = source;
    this.file = file;
    const start = source.read(0, header.size);
    const isElf64 = start.length === header.size && start.slice(0, 5).join() === "127,69,76,70,2";
    if (!isElf64) throw new RuntimeError("no-such-target", { file, message: "not a 64-bit ELF file" });
    this.littleEndian = start[5] === 1;
    const view = viewOf(start);
    const count = (at: number): number => view.getUint16(at, this.littleEndian);
    this.movable = count(header.type) === sharedObject;
    const table = (at: number, entries: number, size: number): DataView =>
      viewOf(this.read(Number(view.getBigUint64(at, this.littleEndian)), entries * size));
    const segments = count(header.programHeaderCount);
    this.segments = this.#readSegments(table(header.programHeaders, segments, programHeaderSize), segments);
    const sections = count(header.sectionHeaderCount);
    this.sections = this.#readSections(table(header.sectionHeaders, sections, sectionHeaderSize), sections, count(header.nameTable));
  }

  /** @see https://refspecs.linuxfoundation.org/elf/gabi4+/ch5.pheader.html */
  #readSegments(table: DataView, count: number): Segment[] {
    const little = this.littleEndian;
    return Array.from({ length: count }, (_, index) => index * programHeaderSize)
      .filter((at) => table.getUint32(at, little) === loadable)
      .map((at) => ({
        offset: Number(table.getBigUint64(at + 8, little)),
        address: Number(table.getBigUint64(at + 16, little)),
        fileSize: Number(table.getBigUint64(at + 32, little)),
        executable: (table.getUint32(at + 4, little) & executable) !== 0,
      }));
  }

  /** @see https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.sheader.html */
  #readSections(table: DataView, count: number, nameTable: number): ImageSection[] {
    const little = this.littleEndian;
    const sections = Array.from({ length: count }, (_, index) => index * sectionHeaderSize).map((at) => ({
      nameAt: table.getUint32(at, little),
      type: table.getUint32(at + 4, little),
      address: Number(table.getBigUint64(at + 16, little)),
      offset: Number(table.getBigUint64(at + 24, little)),
      size: Number(table.getBigUint64(at + 32, little)),
      link: table.getUint32(at + 40, little),
    }));
    const names = sections[nameTable];
    const bytes = names === undefined ? new Uint8Array() : this.content(names);
    return sections.map(({ nameAt, ...section }) => ({ name: textAt(bytes, nameAt), ...section }));
  }

  section(name: string): ImageSection | undefined {
    return this.sections.find((section) => section.name === name);
  }

  /** Empty where the section takes no room in the file. Throws RuntimeError `no-such-target` where the file was cut. */
  content(section: { readonly type: number; readonly offset: number; readonly size: number }): Uint8Array {
    return section.type === noBits ? new Uint8Array() : this.read(section.offset, section.size);
  }

  /** Throws RuntimeError `no-such-target` where the file was cut. */
  read(offset: number, size: number): Uint8Array {
    // Asked for first: a size that is nonsense must not become a buffer of that size.
    const bytes = offset + size <= this.#source.size ? this.#source.read(offset, size) : null;
    if (bytes?.length === size) return bytes;
    throw new RuntimeError("no-such-target", { file: this.file, offset, message: "the file was cut" });
  }

  /** Where the byte at an address lies in the file; undefined where it lies in no segment. */
  offsetOf(address: number): number | undefined {
    const segment = this.segments.find(({ address: start, fileSize }) => address >= start && address < start + fileSize);
    return segment === undefined ? undefined : address - segment.address + segment.offset;
  }

  /** The address of the byte at an offset in the file; undefined where it lies in no segment. */
  addressOf(offset: number): number | undefined {
    const segment = this.segments.find(({ offset: start, fileSize }) => offset >= start && offset < start + fileSize);
    return segment === undefined ? undefined : offset - segment.offset + segment.address;
  }
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The text up to the next zero byte, "" outside of the bytes. */
export function textAt(bytes: Uint8Array, offset: number): string {
  const end = bytes.indexOf(0, offset);
  return utf8.decode(bytes.subarray(offset, end === -1 ? bytes.length : end));
}
