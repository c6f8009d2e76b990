import { zstdDecompressSync } from "node:zlib";
import { execa } from "execa";
import { KernelsError } from "./errors.ts";
import { ending } from "./tools.ts";

/** How Debian compresses its kernels, by the first bytes. */
const decompressors: readonly { readonly magic: string; readonly run: (payload: Buffer) => Promise<Buffer> }[] = [
  { magic: "fd377a585a00", run: (payload) => filter("xz", payload) },
  { magic: "02214c18", run: (payload) => filter("lz4", payload) },
  { magic: "28b52ffd", run: async (payload) => zstdDecompressSync(payload) },
];

const setupHeaderMagic = "HdrS";
/** Where the boot protocol puts that magic and the pointer to the release. @see https://docs.kernel.org/arch/x86/boot.html */
const field = { setupSectors: 0x1f1, magic: 0x202, version: 0x20e, payloadOffset: 0x248, payloadLength: 0x24c } as const;
const sector = 512;

/** What `uname -r` tells on a bzImage of x86; null where the bytes are none. */
export function releaseOfImage(image: Buffer): string | null {
  if (image.length < 0x250 || image.toString("latin1", field.magic, field.magic + 4) !== setupHeaderMagic) return null;
  const start = image.readUInt16LE(field.version) + sector;
  const text = image.toString("latin1", start, start + 256);
  return /^[^\s\0]+/.exec(text)?.[0] ?? null;
}

/** The BTF inside a bzImage. Throws KernelsError `no-kernel-image` or `no-kernel-btf`. */
export async function btfOfImage(image: Buffer): Promise<Uint8Array> {
  if (releaseOfImage(image) === null) throw new KernelsError("no-kernel-image", { message: "no bzImage of x86" });
  const start = ((image.readUInt8(field.setupSectors) || 4) + 1) * sector + image.readUInt32LE(field.payloadOffset);
  // The last four bytes of the payload are the size of what it decompresses to.
  const payload = image.subarray(start, start + image.readUInt32LE(field.payloadLength) - 4);
  return findBtf(await decompress(payload));
}

async function decompress(payload: Buffer): Promise<Buffer> {
  const start = payload.toString("hex", 0, 6);
  const decompressor = decompressors.find(({ magic }) => start.startsWith(magic));
  if (decompressor === undefined)
    throw new KernelsError("no-kernel-image", { message: `the kernel is compressed in an unknown way (it begins with ${start})` });
  return decompressor.run(payload);
}

async function filter(program: string, payload: Buffer): Promise<Buffer> {
  const { stdout } = await ending(program, execa(program, ["-dc", "-"], { input: payload, encoding: "buffer", maxBuffer: 1 << 30 }));
  return Buffer.from(stdout.buffer, stdout.byteOffset, stdout.byteLength);
}

/** The magic number, version 1, no flags and a header of 24 bytes, little-endian. @see https://docs.kernel.org/bpf/btf.html */
const btfStart = Buffer.from("9feb010018000000", "hex");
const smallestKernelBtf = 1 << 20;

/** Finds BTF by its header: the section table would tell as well, but is stripped from some kernels. */
export function findBtf(vmlinux: Buffer, smallest = smallestKernelBtf): Uint8Array {
  for (let at = vmlinux.indexOf(btfStart); at !== -1; at = vmlinux.indexOf(btfStart, at + 1)) {
    if (at + 24 > vmlinux.length) break;
    const [typesLength, stringsStart, stringsLength] = [
      vmlinux.readUInt32LE(at + 12),
      vmlinux.readUInt32LE(at + 16),
      vmlinux.readUInt32LE(at + 20),
    ];
    const size = btfStart.length + 16 + stringsStart + stringsLength;
    if (typesLength === stringsStart && size > smallest && at + size <= vmlinux.length) return vmlinux.subarray(at, at + size);
  }
  throw new KernelsError("no-kernel-btf", { message: "the kernel holds no BTF", hint: "it was built without CONFIG_DEBUG_INFO_BTF" });
}
