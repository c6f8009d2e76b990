import { type ElfImage, type ImageSection, textAt, viewOf } from "./elf-image.ts";
import { symbolVersions } from "./symbol-versions.ts";

/** SHT_SYMTAB, SHT_DYNSYM, STT_FUNC and STT_GNU_IFUNC, STB_WEAK. */
const dynamicSymbols = 11;
const symbolTables: ReadonlySet<number> = new Set([2, dynamicSymbols]);
const functionTypes: ReadonlySet<number> = new Set([2, 10]);
const weak = 2;
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
  /** Such as `GLIBC_2.14`; "" where it has none. */
  version(index: number): string;
  /** Whether another definition of the name goes before this one. */
  isWeak(index: number): boolean;
}

/** One for .dynsym and one for .symtab, of those that are there, in the file's order. Throws RuntimeError `no-such-target` where the file was cut. */
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
  const text = (index: number): string => textAt(strings, view.getUint32(place(index), little));
  let versions: ((symbol: number) => string) | null = null;
  return {
    length: places.length,
    address: (index) => Number(view.getBigUint64(place(index) + 8, little)),
    size: (index) => Number(view.getBigUint64(place(index) + 16, little)),
    name: (index) => text(index).split("@", 1)[0] ?? "",
    version: (index) => {
      if (section.type !== dynamicSymbols) return /@@?(.*)/.exec(text(index))?.[1] ?? "";
      versions ??= symbolVersions(image);
      return versions(place(index) / symbolSize);
    },
    isWeak: (index) => (table[place(index) + 4] ?? 0) >> 4 === weak,
  };
}
