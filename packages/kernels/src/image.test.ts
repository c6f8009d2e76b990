import { expect, test } from "vitest";
import { btfOfImage, findBtf, releaseOfImage } from "./image.ts";

/** A bzImage's header with a release, as the boot protocol lays it out. */
function header(release: string): Buffer {
  const image = Buffer.alloc(4096);
  image.write("HdrS", 0x202, "latin1");
  image.writeUInt16LE(1024, 0x20e);
  image.write(`${release} (builder@host) #1 SMP\0`, 1024 + 512, "latin1");
  return image;
}

test("the release stands where the boot protocol says", () => {
  expect(releaseOfImage(header("6.1.0-50-amd64"))).toBe("6.1.0-50-amd64");
});

test.each([
  ["nothing", Buffer.alloc(0)],
  ["zeros", Buffer.alloc(4096)],
  ["an ELF file", Buffer.from("\x7fELF".padEnd(4096, "\0"), "latin1")],
])("%s has no release, and no BTF", async (_, bytes) => {
  expect(releaseOfImage(bytes)).toBeNull();
  await expect(btfOfImage(bytes)).rejects.toMatchObject({ code: "no-kernel-image" });
});

test("a kernel that is compressed in an unknown way is refused", async () => {
  await expect(btfOfImage(header("6.1"))).rejects.toMatchObject({ code: "no-kernel-image" });
});

/** BTF of `types` bytes of types and `strings` bytes of strings. @see https://docs.kernel.org/bpf/btf.html */
function btf(types: number, strings: number): Buffer {
  const bytes = Buffer.alloc(24 + types + strings);
  bytes.set(Buffer.from("9feb010018000000", "hex"));
  bytes.writeUInt32LE(types, 12);
  bytes.writeUInt32LE(types, 16);
  bytes.writeUInt32LE(strings, 20);
  return bytes;
}

test("BTF is found among other bytes, and what only looks like it is passed over", () => {
  const whole = btf(64, 32);
  const lookalike = btf(64, 32).subarray(0, 40);
  expect(findBtf(Buffer.concat([Buffer.from("code"), lookalike.fill(0, 8), whole, Buffer.from("more")]), 64)).toEqual(whole);
});

test("BTF that is cut off is not there", () => {
  expect(() => findBtf(btf(64, 32).subarray(0, 100), 64)).toThrow(expect.objectContaining({ code: "no-kernel-btf" }));
  expect(() => findBtf(btf(64, 32).subarray(0, 20), 64)).toThrow(expect.objectContaining({ code: "no-kernel-btf" }));
});
