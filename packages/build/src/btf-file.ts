import { BtfError } from "@lbc/core/btf";
import { readElfSection } from "@lbc/core/elf";

/** In big-endian and in little-endian BTF. */
const btfMagics: readonly number[] = [0xeb9f, 0x9feb];

/** The BTF in the bytes of an ELF file (its section .BTF), or of a file that is nothing else. Throws ElfError, and BtfError `no-btf` or `not-btf`. */
export function btfIn(bytes: Uint8Array): Uint8Array {
  return isElf(bytes) ? btfSection(bytes) : checkMagic(bytes);
}

const isElf = (bytes: Uint8Array): boolean => [0x7f, 0x45, 0x4c, 0x46].every((byte, index) => bytes[index] === byte);

function btfSection(bytes: Uint8Array): Uint8Array {
  const section = readElfSection(bytes, ".BTF");
  if (section !== undefined) return section;
  throw new BtfError("no-btf", { message: "the file has no section .BTF", hint: "compile it with clang -g" });
}

function checkMagic(bytes: Uint8Array): Uint8Array {
  const [first = 0, second = 0] = bytes;
  if (btfMagics.includes(first * 256 + second)) return bytes;
  throw new BtfError("not-btf", {
    message: "the file is neither ELF nor BTF",
    hint: "name a compiled object, a kernel module, or a file of /sys/kernel/btf",
  });
}
