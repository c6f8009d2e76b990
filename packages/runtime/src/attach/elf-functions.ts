import { RuntimeError } from "../errors.ts";

/** @see https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html */
const header = { programHeaders: 32, sectionHeaders: 40, programHeaderCount: 56, sectionHeaderCount: 60 } as const;
const programHeaderSize = 56;
const sectionHeaderSize = 64;
const symbolSize = 24;
const loadable = 1;
const executable = 1;
const symbolTables: ReadonlySet<number> = new Set([2, 11]);
const functionTypes: ReadonlySet<number> = new Set([2, 10]);
const utf8 = new TextDecoder();

interface Section {
  readonly type: number;
  readonly offset: number;
  readonly size: number;
  readonly link: number;
}

/** The functions of an executable or shared library of this machine, by where they lie in the file. */
export class ElfFunctions {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #little: boolean;
  readonly #path: string;

  /** Throws RuntimeError `no-such-target` where the file is no 64-bit ELF. */
  constructor(bytes: Uint8Array, path: string) {
    const isElf64 =
      bytes.length >= 64 && bytes[0] === 0x7f && bytes[1] === 0x45 && bytes[2] === 0x4c && bytes[3] === 0x46 && bytes[4] === 2;
    if (!isElf64) throw new RuntimeError("no-such-target", { file: path, message: "not a 64-bit ELF file" });
    this.#bytes = bytes;
    this.#path = path;
    this.#little = bytes[5] === 1;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Offset in the file of the function of that name (without `@VERSION`). Throws `no-such-target`. */
  offsetOf(name: string): number {
    for (const [symbol, address] of this.#functions()) if (symbol === name) return this.#fileOffset(address);
    throw new RuntimeError("no-such-target", {
      file: this.#path,
      message: `there is no function ${name} in it`,
      hint: `see what it has with: nm -D ${this.#path}`,
    });
  }

  /** Offsets in the file of the functions whose names match. */
  offsetsOf(pattern: RegExp): Map<string, number> {
    const found = new Map<string, number>();
    for (const [symbol, address] of this.#functions()) if (pattern.test(symbol)) found.set(symbol, this.#fileOffset(address));
    return found;
  }

  *#functions(): Generator<readonly [string, number]> {
    const sections = this.#sections();
    for (const table of sections) {
      const strings = sections[table.link];
      if (!symbolTables.has(table.type) || strings === undefined) continue;
      for (let at = table.offset; at + symbolSize <= table.offset + table.size; at += symbolSize) {
        const isDefined = this.#u16(at + 6) !== 0;
        if (!isDefined || !functionTypes.has(this.#u8(at + 4) & 0xf)) continue;
        const name = this.#text(strings, this.#u32(at));
        yield [name.split("@", 1)[0] ?? name, this.#u64(at + 8)];
      }
    }
  }

  #sections(): Section[] {
    const at = this.#u64(header.sectionHeaders);
    return Array.from({ length: this.#u16(header.sectionHeaderCount) }, (_, index) => {
      const start = at + index * sectionHeaderSize;
      return { type: this.#u32(start + 4), offset: this.#u64(start + 24), size: this.#u64(start + 32), link: this.#u32(start + 40) };
    });
  }

  #fileOffset(address: number): number {
    const at = this.#u64(header.programHeaders);
    for (let index = 0; index < this.#u16(header.programHeaderCount); index++) {
      const start = at + index * programHeaderSize;
      const virtual = this.#u64(start + 16);
      const isCode = this.#u32(start) === loadable && (this.#u32(start + 4) & executable) !== 0;
      if (isCode && address >= virtual && address < virtual + this.#u64(start + 40)) return address - virtual + this.#u64(start + 8);
    }
    return address;
  }

  #text(strings: Section, offset: number): string {
    const start = strings.offset + offset;
    const end = this.#bytes.indexOf(0, start);
    return utf8.decode(this.#bytes.subarray(start, end === -1 ? start : end));
  }

  #inside<T>(offset: number, size: number, read: () => T): T {
    if (offset + size <= this.#bytes.length) return read();
    throw new RuntimeError("no-such-target", { file: this.#path, offset, message: "the file was cut" });
  }
  #u8(offset: number): number {
    return this.#inside(offset, 1, () => this.#view.getUint8(offset));
  }
  #u16(offset: number): number {
    return this.#inside(offset, 2, () => this.#view.getUint16(offset, this.#little));
  }
  #u32(offset: number): number {
    return this.#inside(offset, 4, () => this.#view.getUint32(offset, this.#little));
  }
  #u64(offset: number): number {
    return this.#inside(offset, 8, () => Number(this.#view.getBigUint64(offset, this.#little)));
  }
}
