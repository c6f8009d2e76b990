import { type ByteSource, ElfImage, type FunctionTable, functionTables, textAt, viewOf, withFile } from "../elf-image/index.ts";
import { AddressTable } from "./address-table.ts";

/** SHT_SYMTAB, SHT_NOTE and NT_GNU_BUILD_ID. */
const symbolTable = 2;
const noteSection = 7;
const buildIdNote = 3;
const debugFolder = "/usr/lib/debug/.build-id";

/** The functions of one executable or library, by address. */
export class ImageSymbols {
  readonly #image: ElfImage;
  readonly #functions: readonly (FunctionTable & { readonly first: number })[];
  readonly #table: AddressTable;

  /** `debug` is the file that its symbols were moved to, if there is one. Throws RuntimeError `no-such-target` where it is no ELF file. */
  constructor(image: ElfImage, debug: ElfImage | null) {
    this.#image = image;
    let count = 0;
    this.#functions = [...functionTables(image), ...(debug === null ? [] : functionTables(debug))].map((table) => {
      const first = count;
      count += table.length;
      return { ...table, first };
    });
    const starts = new BigUint64Array(count);
    for (const table of this.#functions) {
      for (let index = 0; index < table.length; index++) starts[table.first + index] = BigInt(table.address(index));
    }
    this.#table = new AddressTable(starts);
  }

  /** Reads a file, and its symbols from /usr/lib/debug where it was stripped of them. Throws as node:fs does, and `no-such-target`. */
  static read(path: string): ImageSymbols {
    return withFile(path, (source) => ImageSymbols.of(source, path));
  }

  /** Throws RuntimeError `no-such-target`. */
  static of(source: ByteSource, path: string): ImageSymbols {
    const image = new ElfImage(source, path);
    const isStripped = !image.sections.some(({ type }) => type === symbolTable);
    const id = isStripped ? buildId(image) : null;
    if (id === null) return new ImageSymbols(image, null);
    const debug = `${debugFolder}/${id.slice(0, 2)}/${id.slice(2)}.debug`;
    try {
      return withFile(debug, (debugSource) => new ImageSymbols(image, new ElfImage(debugSource, debug)));
    } catch {
      // Most systems have no debug packages: the exported functions are what there is.
      return new ImageSymbols(image, null);
    }
  }

  /** The function that holds the byte at an offset in the file; null where none does. */
  find(fileOffset: number): { readonly name: string; readonly offset: number } | null {
    const address = this.#image.addressOf(fileOffset);
    const found = address === undefined ? undefined : this.#table.find(BigInt(address));
    if (address === undefined || found === undefined) return null;
    const table = this.#functions.findLast(({ first }) => first <= found.number);
    if (table === undefined) return null;
    const index = found.number - table.first;
    const start = Number(found.start);
    // Functions that were written in assembly may have no size: those end with their section.
    const end = table.size(index) > 0 ? start + table.size(index) : this.#endOfSection(start);
    return address < end ? { name: table.name(index), offset: address - start } : null;
  }

  #endOfSection(address: number): number {
    const section = this.#image.sections.find(({ address: start, size }) => address >= start && address < start + size);
    return section === undefined ? address : section.address + section.size;
  }
}

/** In hexadecimal. @see https://refspecs.linuxfoundation.org/elf/gabi4+/ch5.pheader.html#note_section */
function buildId(image: ElfImage): string | null {
  for (const section of image.sections.filter(({ type }) => type === noteSection)) {
    const note = image.content(section);
    if (note.length < 12) continue;
    const view = viewOf(note);
    const nameSize = view.getUint32(0, image.littleEndian);
    const size = view.getUint32(4, image.littleEndian);
    const isBuildId = view.getUint32(8, image.littleEndian) === buildIdNote && textAt(note.subarray(0, 12 + nameSize), 12) === "GNU";
    const start = 12 + ((nameSize + 3) & ~3);
    if (isBuildId) return Buffer.from(note.subarray(start, start + size)).toString("hex");
  }
  return null;
}
