import { ByteReader, type Endianness } from "../bytes/index.ts";
import { ElfError } from "./errors.ts";

/** What the first 64 bytes say. */
export interface ElfHeader {
  readonly endianness: Endianness;
  /** Offset of the table of section headers, in bytes. */
  readonly sectionTable: number;
  readonly sectionCount: number;
  /** Index of the section that holds the section names. */
  readonly nameTable: number;
}

const headerSize = 64;
const machineBpf = 247;
const compileHint = "compile the source for BPF: lbc build FILE.bpf.c (or clang -g -O2 --target=bpf -c)";

/**
 * Reads and checks the ELF header, in an order that tells a person what kind of file they have. `anyFile` takes ELF64 files of
 * other machines and kinds as well.
 * @see https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html
 */
export function readHeader(bytes: Uint8Array, { anyFile = false } = {}): ElfHeader {
  checkIdentification(bytes);
  const endianness = readEndianness(bytes);
  const reader = new ByteReader(bytes, endianness, (offset) => headerCut(offset));
  reader.slice(0, headerSize);
  if (!anyFile) checkKind(reader.u16(16), reader.u16(18));
  const entrySize = reader.u16(58);
  const sectionCount = reader.u16(60);
  const nameTable = reader.u16(62);
  const sectionTable = reader.extent(40);
  // Section 0 holds the counts that do not fit (SHN_XINDEX); no BPF object has 65,280 sections.
  if ((sectionCount === 0 && sectionTable !== 0) || sectionCount >= 0xff00 || nameTable === 0xffff) {
    throw new ElfError("too-many-sections", { offset: 60, message: "the file has 65,280 sections or more", hint: compileHint });
  }
  if (sectionCount === 0 || entrySize !== 64) {
    throw new ElfError("bad-header", { offset: 58, message: "the file has no table of sections", hint: compileHint });
  }
  return { endianness, sectionTable, sectionCount, nameTable };
}

function checkIdentification(bytes: Uint8Array): void {
  const magic = [0x7f, 0x45, 0x4c, 0x46];
  if (!magic.every((byte, index) => bytes[index] === byte)) {
    const isBitcode = bytes[0] === 0x42 && bytes[1] === 0x43 && bytes[2] === 0xc0 && bytes[3] === 0xde;
    const hint = isBitcode ? "this is LLVM bitcode: compile without -emit-llvm and -flto" : compileHint;
    throw new ElfError("not-elf", { offset: 0, message: "this is not a compiled object (no ELF header)", hint });
  }
  if (bytes.length < 16) throw headerCut(bytes.length);
  if (bytes[4] !== 2) {
    throw new ElfError("wrong-class", { offset: 4, message: "this is a 32-bit object; BPF objects are 64-bit", hint: compileHint });
  }
}

function readEndianness(bytes: Uint8Array): Endianness {
  if (bytes[5] === 1) return "little";
  if (bytes[5] === 2) return "big";
  throw new ElfError("bad-encoding", { offset: 5, message: `unknown byte order ${bytes[5]}`, hint: "the file is damaged" });
}

function checkKind(type: number, machine: number): void {
  if (machine !== machineBpf) {
    const message = `the object is for machine ${machine}, not for BPF (${machineBpf})`;
    const hint = machine === 62 || machine === 183 ? `this was compiled for the host; ${compileHint}` : compileHint;
    throw new ElfError("wrong-machine", { offset: 18, message, hint });
  }
  if (type !== 1) {
    throw new ElfError("not-relocatable", {
      offset: 16,
      message: "this is not a relocatable object (ET_REL)",
      hint: "give clang -c; link objects with bpftool gen object, not with ld",
    });
  }
}

function headerCut(offset: number): ElfError {
  return new ElfError("truncated", { offset, message: "the file ends within its header", hint: "the file is cut short; compile it again" });
}
