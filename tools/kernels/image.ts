import { zstdDecompressSync } from "node:zlib";
import { execa } from "execa";

/** How Debian compresses its kernels, by the first bytes. */
const decompressors: readonly { readonly magic: string; readonly run: (payload: Buffer) => Promise<Buffer> }[] = [
  { magic: "fd377a585a00", run: (payload) => filter("xz", payload) },
  { magic: "02214c18", run: (payload) => filter("lz4", payload) },
  { magic: "28b52ffd", run: async (payload) => zstdDecompressSync(payload) },
];

/**
 * The BTF inside a bzImage.
 * @see https://docs.kernel.org/arch/x86/boot.html
 */
export async function btfOfImage(image: Buffer): Promise<Uint8Array> {
  const setupSectors = image.readUInt8(0x1f1) || 4;
  const start = (setupSectors + 1) * 512 + image.readUInt32LE(0x248);
  // The last four bytes of the payload are the size of what it decompresses to.
  const payload = image.subarray(start, start + image.readUInt32LE(0x24c) - 4);
  return findBtf(await decompress(payload));
}

async function decompress(payload: Buffer): Promise<Buffer> {
  const start = payload.toString("hex", 0, 6);
  const decompressor = decompressors.find(({ magic }) => start.startsWith(magic));
  if (decompressor === undefined) throw new Error(`the kernel is compressed in an unknown way (it begins with ${start})`);
  return decompressor.run(payload);
}

/** Debian's packages xz-utils and lz4 have the programs. */
async function filter(program: string, payload: Buffer): Promise<Buffer> {
  const { stdout } = await execa(program, ["-dc", "-"], { input: payload, encoding: "buffer", maxBuffer: 1 << 30 });
  return Buffer.from(stdout.buffer, stdout.byteOffset, stdout.byteLength);
}

/** The magic number, version 1, no flags and a header of 24 bytes, little-endian. @see https://docs.kernel.org/bpf/btf.html */
const btfStart = Buffer.from("9feb010018000000", "hex");
const smallestKernelBtf = 1 << 20;

/** Finds BTF by its header: the section table would tell as well, but is stripped from some kernels. */
function findBtf(vmlinux: Buffer): Uint8Array {
  for (let at = vmlinux.indexOf(btfStart); at !== -1; at = vmlinux.indexOf(btfStart, at + 1)) {
    const [typesLength, stringsStart, stringsLength] = [
      vmlinux.readUInt32LE(at + 12),
      vmlinux.readUInt32LE(at + 16),
      vmlinux.readUInt32LE(at + 20),
    ];
    const size = btfStart.length + 16 + stringsStart + stringsLength;
    if (typesLength === stringsStart && size > smallestKernelBtf && at + size <= vmlinux.length) return vmlinux.subarray(at, at + size);
  }
  throw new Error("the kernel holds no BTF");
}
