import koffi from "koffi";
import { expect, test } from "vitest";
import { Attr } from "../bpf/attr.ts";
import { command } from "../bpf/commands.ts";
import { directBpf } from "./direct-bpf.ts";
import { libcFunctions } from "./libc.ts";
import { linuxSys } from "./linux.ts";

const libc = libcFunctions(koffi.load(null));
const sys = linuxSys();

// Only x86-64 has such code; the next test is what the others do.
test.runIf(process.arch === "x64")("the code makes maps, reads and writes them, and gives the kernel's own errors", () => {
  const bpf = directBpf(libc, "x64");
  if (bpf === null) throw new Error("this process may not make code");
  const call = (number: number, attr: Attr): number => bpf(number, Number(sys.address(attr.bytes)), attr.bytes.length);
  const fd = call(command.mapCreate, new Attr(sys, 80).u32(0, 1).u32(4, 4).u32(8, 8).u32(12, 2));
  expect(fd).toBeGreaterThan(0);
  const [key, value] = [Uint8Array.of(1, 2, 3, 4), Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)];
  const element = new Attr(sys, 32).u32(0, fd).pointer(8, key).pointer(16, value);
  expect(call(command.mapLookup, element)).toBe(-2);
  expect(call(command.mapUpdate, element)).toBe(0);
  value.fill(0);
  expect(call(command.mapLookup, element)).toBe(0);
  expect([...value]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  expect(call(9999, element)).toBe(-22);
  expect(bpf(command.mapLookup, 4096, 32)).toBe(-14);
  sys.close(fd);
});

test("where there is no code for the CPU, or a process may not make any, there is none, and no memory is kept", () => {
  expect(directBpf(libc, "arm64")).toBeNull();
  expect(directBpf({ ...libc, mmap: () => -1 }, "x64")).toBeNull();
  const mapped: bigint[] = [];
  const refusing = {
    mmap: (...call: Parameters<typeof libc.mmap>): bigint => {
      mapped.push(BigInt(libc.mmap(...call)));
      return mapped[0] ?? 0n;
    },
    mprotect: () => -1,
    munmap: (address: bigint, length: number): number => {
      expect(mapped).toEqual([address]);
      mapped.pop();
      return libc.munmap(address, length);
    },
  };
  expect(directBpf(refusing, "x64")).toBeNull();
  expect(mapped).toEqual([]);
});
