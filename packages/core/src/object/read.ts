import { type Btf, type BtfExt, readBtf, readBtfExt, replaceTypes } from "../btf/index.ts";
import { ByteReader, decodeUtf8 } from "../bytes/index.ts";
import { type ElfFile, findSection } from "../elf/index.ts";
import { readData } from "./data.ts";
import { fixDataSections } from "./data-sections.ts";
import { ObjectError } from "./errors.ts";
import { readExterns } from "./externs.ts";
import { readLegacyMaps, readMaps } from "./maps.ts";
import { readFunctions } from "./programs.ts";
import { readStructOps } from "./struct-ops.ts";
import type { BpfObject } from "./types.ts";

/**
 * Reads what a BPF object declares: programs, maps, global variables, externs. An object without BTF still has its
 * programs and symbols. Throws ObjectError, or BtfError where the type information is damaged.
 */
export function readObject(elf: ElfFile): BpfObject {
  const rawBtf = readObjectBtf(elf);
  const externs = readExterns(elf, rawBtf);
  const btf = rawBtf === null ? null : replaceTypes(rawBtf, fixDataSections(elf, rawBtf, externs.externs));
  const btfExt = btf === null ? null : readObjectBtfExt(elf, btf);
  const { programs, subprograms } = readFunctions(elf, btf, btfExt);
  return {
    elf,
    btf,
    btfExt,
    license: readLicense(elf),
    kernelVersion: readKernelVersion(elf),
    programs,
    subprograms,
    maps: btf === null ? [] : readMaps(elf, btf, programs),
    legacyMaps: readLegacyMaps(elf),
    data: readData(elf, btf, externs.externs),
    externs: externs.externs,
    unresolved: externs.unresolved,
    structOps: btf === null ? [] : readStructOps(elf, btf, programs),
  };
}

function readObjectBtf(elf: ElfFile): Btf | null {
  const section = findSection(elf, ".BTF");
  return section === undefined ? null : readBtf(section.data, { endianness: elf.endianness });
}

function readObjectBtfExt(elf: ElfFile, btf: Btf): BtfExt | null {
  const section = findSection(elf, ".BTF.ext");
  return section === undefined ? null : readBtfExt(section.data, btf);
}

/** The kernel reads the license up to its zero byte, which may be missing where the array was too short. */
function readLicense(elf: ElfFile): string | null {
  const section = findSection(elf, "license");
  if (section === undefined) return null;
  const end = section.data.indexOf(0);
  return decodeUtf8(end < 0 ? section.data : section.data.subarray(0, end));
}

function readKernelVersion(elf: ElfFile): number | null {
  const section = findSection(elf, "version");
  if (section === undefined) return null;
  if (section.data.length === 4) return new ByteReader(section.data, elf.endianness).u32(0);
  throw new ObjectError("bad-version", {
    section: "version",
    message: `the section has ${section.data.length} bytes, where a version has 4`,
    hint: 'declare it as __u32 _version SEC("version") = KERNEL_VERSION(…), or leave it out: kernels since 5.0 do not look at it',
  });
}
