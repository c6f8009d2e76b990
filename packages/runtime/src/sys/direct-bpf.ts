import koffi from "koffi";
import type { LibcFunctions } from "./libc.ts";
import type { Sys } from "./sys.ts";

const protRead = 1;
const protWrite = 2;
const protExecute = 4;
const mapPrivate = 2;
const mapAnonymous = 0x20;
/** Of x86-64, always. */
const pageSize = 4096;
const toUpperHalf = 2 ** -32;

/** Words of 32 bits at the beginning of the first page, which the code in the second one reads and writes; `attr` is two. */
const word = { command: 0, size: 1, attr: 2, result: 4 } as const;

/**
 * bpf(2) by a few instructions of our own, whose arguments and result lie in memory: koffi takes longer to convert those of syscall(2)
 * than for the call itself. Null where there is no such code for the CPU, and where a process may not make code.
 */
export function directBpf(libc: Pick<LibcFunctions, "mmap" | "mprotect" | "munmap">, arch: string): Sys["bpfAt"] | null {
  if (arch !== "x64") return null;
  const data = BigInt(libc.mmap(0n, 2 * pageSize, protRead | protWrite, mapPrivate | mapAnonymous, -1, 0));
  if (BigInt.asIntN(64, data) === -1n) return null;
  const code = data + BigInt(pageSize);
  new Uint8Array(koffi.view(code, pageSize)).set(x64Code());
  if (libc.mprotect(code, pageSize, protRead | protExecute) < 0) {
    libc.munmap(data, 2 * pageSize);
    return null;
  }
  const words = new Int32Array(koffi.view(data, pageSize));
  const call: () => void = koffi.decode(code, koffi.proto("void", []));
  return (command, attr, size) => {
    words[word.command] = command;
    words[word.size] = size;
    words[word.attr] = attr;
    words[word.attr + 1] = attr * toUpperHalf;
    call();
    return words[word.result] ?? 0;
  };
}

/** A page before it lie the words. @see System V ABI, AMD64 supplement, A.2: arguments in rdi, rsi and rdx; rcx and r11 are lost. */
function x64Code(): Uint8Array {
  const code: number[] = [];
  const access = (index: number, ...instruction: number[]): void => {
    const next = pageSize + code.length + instruction.length + Int32Array.BYTES_PER_ELEMENT;
    code.push(...instruction, ...new Uint8Array(Int32Array.of(index * Int32Array.BYTES_PER_ELEMENT - next).buffer));
  };
  code.push(0xf3, 0x0f, 0x1e, 0xfa); // endbr64
  code.push(0xb8, 0x41, 0x01, 0x00, 0x00); // mov eax, __NR_bpf
  access(word.command, 0x8b, 0x3d); // mov edi, [rip - …]
  access(word.attr, 0x48, 0x8b, 0x35); // mov rsi, [rip - …]
  access(word.size, 0x8b, 0x15); // mov edx, [rip - …]
  code.push(0x0f, 0x05); // syscall
  access(word.result, 0x89, 0x05); // mov [rip - …], eax
  code.push(0xc3); // ret
  return Uint8Array.from(code);
}
