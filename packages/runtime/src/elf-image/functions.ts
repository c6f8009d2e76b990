import { type ElfImage, type ImageSection, textAt, viewOf } from "./elf-image.ts";

/** SHT_SYMTAB, SHT_DYNSYM, STT_FUNC and STT_GNU_IFUNC. */
const symbolTables: ReadonlySet<number> = new Set([2, 11]);
const functionTypes: ReadonlySet<number> = new Set([2, 10]);
const symbolSize = 24;

/** The functions in one symbol table of an image; names are decoded when they are asked for. */
export interface FunctionTable {
  readonly length: number;
  /** As the file says: see {@link ElfImage.offsetOf}. */
  address(index: number): number;
  /** In bytes; 0 where the file does not say. */
  size(index: number): number;
  /** Without `@VERSION`. */
  name(index: number): string;
}

/** One for .symtab and one for .dynsym, of those that are there. Throws RuntimeError `no-such-target` where the file was cut. */
export function functionTables(image: ElfImage): FunctionTable[] {
  return image.sections.filter(({ type }) => symbolTables.has(type)).map((section) => readTable(image, section));
}

/** Only functions that are defined here. @see https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.symtab.html */
function readTable(image: ElfImage, section: ImageSection): FunctionTable {
  const little = image.littleEndian;
  const table = image.content(section);
  const view = viewOf(table);
  const linked = image.sections[section.link];
  const strings = linked === undefined ? new Uint8Array() : image.content(linked);
  const places: number[] = [];
  for (let at = 0; at + symbolSize <= table.length; at += symbolSize) {
    const isDefined = view.getUint16(at + 6, little) !== 0;
    if (isDefined && functionTypes.has((table[at + 4] ?? 0) & 0xf)) places.push(at);
  }
  const place = (index: number): number => places[index] ?? 0;
  return {
    length: places.length,
    address: (index) => Number(view.getBigUint64(place(index) + 8, little)),
    size: (index) => Number(view.getBigUint64(place(index) + 16, little)),
    name: (index) => {
      const name = textAt(strings, view.getUint32(place(index), little));
      return name.split("@", 1)[0] ?? name;
    },
  };
}
