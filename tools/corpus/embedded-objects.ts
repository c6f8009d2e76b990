import { readElf, sectionType } from "@lbc/core/elf";

const magic = [0x7f, 0x45, 0x4c, 0x46];
const headerSize = 64;
const sectionHeaderSize = 64;
const machineBpf = 247;

/**
 * The BPF objects inside another file, such as a tool that was built with a libbpf skeleton: each from its ELF header to
 * the end of its last section. Bytes that only look like a header are passed over.
 */
export function embeddedObjects(bytes: Uint8Array): Uint8Array[] {
  const objects: Uint8Array[] = [];
  for (let at = findMagic(bytes, 0); at >= 0; at = findMagic(bytes, at + 1)) {
    const length = isBpfHeader(bytes, at) ? objectLength(bytes.subarray(at)) : 0;
    if (length > 0) objects.push(bytes.subarray(at, at + length));
  }
  return objects;
}

function findMagic(bytes: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(0x7f, from); at >= 0; at = bytes.indexOf(0x7f, at + 1)) {
    if (magic.every((byte, index) => bytes[at + index] === byte)) return at;
  }
  return -1;
}

function isBpfHeader(bytes: Uint8Array, at: number): boolean {
  if (at + headerSize > bytes.length) return false;
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, headerSize);
  return view.getUint16(18, bytes[at + 5] === 1) === machineBpf;
}

/** In bytes; 0 where these bytes cannot be read as an object. */
function objectLength(bytes: Uint8Array): number {
  try {
    const { sections, endianness } = readElf(bytes);
    const tableStart = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(40, endianness === "little"));
    const ends = sections.map((section) => (section.type === sectionType.noBits ? 0 : section.offset + section.size));
    return Math.max(tableStart + sections.length * sectionHeaderSize, ...ends);
  } catch {
    return 0;
  }
}
