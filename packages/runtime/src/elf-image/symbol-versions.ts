import { type ElfImage, textAt, viewOf } from "./elf-image.ts";

/** SHT_GNU_versym, SHT_GNU_verdef, and the bit of a version that is not what the name alone stands for. */
const versionNumbers = 0x6fff_ffff;
const versionDefinitions = 0x6fff_fffd;
const hidden = 0x8000;
/** `Elf64_Verdef`: u16 version, flags, index, count; u32 hash, offset of the first `Elf64_Verdaux`, offset of the next definition. */
const definitionSize = 20;

/**
 * Tells the versions of the symbols in .dynsym, by their index; "" for those without.
 * @see https://refspecs.linuxfoundation.org/LSB_5.0.0/LSB-Core-generic/LSB-Core-generic/symversion.html
 */
export function symbolVersions(image: ElfImage): (symbol: number) => string {
  const section = image.sections.find(({ type }) => type === versionNumbers);
  if (section === undefined) return () => "";
  const numbers = viewOf(image.content(section));
  const names = definedVersions(image);
  return (symbol) => {
    if (2 * symbol + 2 > numbers.byteLength) return "";
    return names.get(numbers.getUint16(2 * symbol, image.littleEndian) & ~hidden) ?? "";
  };
}

/** Names by number; a library's own name, which is number 1, is no version of a symbol. */
function definedVersions(image: ElfImage): ReadonlyMap<number, string> {
  const names = new Map<number, string>();
  const section = image.sections.find(({ type }) => type === versionDefinitions);
  const linked = section === undefined ? undefined : image.sections[section.link];
  if (section === undefined || linked === undefined) return names;
  const little = image.littleEndian;
  const view = viewOf(image.content(section));
  const strings = image.content(linked);
  for (let at = 0; at + definitionSize <= view.byteLength; ) {
    const name = at + view.getUint32(at + 12, little);
    const index = view.getUint16(at + 4, little);
    if (index > 1 && name + 4 <= view.byteLength) names.set(index, textAt(strings, view.getUint32(name, little)));
    const next = view.getUint32(at + 16, little);
    if (next === 0) break;
    at += next;
  }
  return names;
}
