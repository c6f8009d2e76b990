import { RuntimeError } from "../errors.ts";

/** Where an argument of a probe is when the program gets there. */
export interface UsdtArgument {
  readonly where: "constant" | "register" | "memory" | "indexed";
  /** The constant, or what is added to the address. */
  readonly value: bigint;
  /** Of the register in `struct pt_regs`, in bytes; 0 for constants. */
  readonly register: number;
  /** Of an array's element: the register of its number, as above, shifted left by so many bits and added to the address. */
  readonly index: { readonly register: number; readonly shift: number } | null;
  readonly signed: boolean;
  /** Of the argument, in bytes: 1, 2, 4 or 8. */
  readonly size: number;
}

/** Offsets in `struct pt_regs` of x86-64, by every name of a register. @see arch/x86/include/asm/ptrace.h */
const x64Registers: ReadonlyMap<string, number> = new Map(
  [
    ["rip", "eip"],
    ["rax", "eax", "ax", "al"],
    ["rbx", "ebx", "bx", "bl"],
    ["rcx", "ecx", "cx", "cl"],
    ["rdx", "edx", "dx", "dl"],
    ["rsi", "esi", "si", "sil"],
    ["rdi", "edi", "di", "dil"],
    ["rbp", "ebp", "bp", "bpl"],
    ["rsp", "esp", "sp", "spl"],
    ...[8, 9, 10, 11, 12, 13, 14, 15].map((number) => [`r${number}`, `r${number}d`, `r${number}w`, `r${number}b`]),
  ].flatMap((names) => names.map((name): [string, number] => [name, x64Offset(names[0] ?? "")])),
);

function x64Offset(register: string): number {
  const order = "r15 r14 r13 r12 rbp rbx r11 r10 r9 r8 rax rcx rdx rsi rdi orig_rax rip cs eflags rsp".split(" ");
  return order.indexOf(register) * 8;
}

/** `x0` to `x30` (or their halves) are the first of `struct user_pt_regs`, then `sp`. */
function arm64Offset(register: string): number | undefined {
  if (register === "sp") return 31 * 8;
  const number = /^[xw](\d+)$/.exec(register)?.[1];
  return number === undefined || Number(number) > 30 ? undefined : Number(number) * 8;
}

/** `struct user_regs_struct` of RISC-V: the program counter, then these. @see arch/riscv/include/uapi/asm/ptrace.h */
const riscvRegisters = "pc ra sp gp tp t0 t1 t2 s0 s1 a0 a1 a2 a3 a4 a5 a6 a7 s2 s3 s4 s5 s6 s7 s8 s9 s10 s11 t3 t4 t5 t6".split(" ");

function riscvOffset(register: string): number | undefined {
  const index = riscvRegisters.indexOf(register);
  return index <= 0 ? undefined : index * 8;
}

/** `user_pt_regs` of s390: an argument and the two words of the PSW, then `r0` to `r15`. @see arch/s390/include/uapi/asm/ptrace.h */
function s390xOffset(register: string): number | undefined {
  const number = /^r(\d+)$/.exec(register)?.[1];
  return number === undefined || Number(number) > 15 ? undefined : (3 + Number(number)) * 8;
}

const machines: Readonly<Record<string, { readonly pattern: RegExp; readonly offset: (register: string) => number | undefined }>> = {
  // -4@%edi, 8@-16(%rbp), 1@-96(%rbp,%rax,8), 4@$5
  x64: {
    pattern:
      /^\$(?<constant>-?\d\w*)$|^%(?<register>\w+)$|^(?<add>-?\d\w*)?\( *%(?<base>\w+) *(?:, *%(?<index>\w+) *(?:, *(?<scale>[1248]) *)?)?\)$/,
    offset: (register) => x64Registers.get(register),
  },
  // 4@w0, 8@[sp, 16], 4@5
  arm64: {
    pattern: /^(?<constant>-?\d\w*)$|^(?<register>[a-z]\w*)$|^\[ *(?<base>[a-z]\w*)(?: *, *(?<add>-?\d\w*))? *\]$/,
    offset: arm64Offset,
  },
  // -8@a1, 8@-88(s0), 4@5
  riscv64: {
    pattern: /^(?<constant>-?\d\w*)$|^(?<register>[a-z]\w*)$|^(?<add>-?\d\w*)?\( *(?<base>[a-z]\w*) *\)$/,
    offset: riscvOffset,
  },
  // -8@%r0, 2@-28(%r15), 4@71
  s390x: {
    pattern: /^(?<constant>-?\d\w*)$|^%(?<register>\w+)$|^(?<add>-?\d\w*)?\( *%(?<base>\w+) *\)$/,
    offset: s390xOffset,
  },
};

/** An argument may hold spaces inside brackets; each begins with its size, which `f` marks as one of a floating-point number. */
const oneArgument = /\s*(-?\d+)f?@((?:\[[^\]]*\]|\([^)]*\)|[^\s[(])+)\s*/y;
const sizes: ReadonlySet<number> = new Set([1, 2, 4, 8]);

/** Parses `-4@%edi 8@-16(%rbp)`. Throws RuntimeError `unsupported` for what this runtime does not know on this machine. */
export function parseArguments(specification: string, arch: string = process.arch): UsdtArgument[] {
  const args: UsdtArgument[] = [];
  for (let at = 0; at < specification.length; at = oneArgument.lastIndex) {
    oneArgument.lastIndex = at;
    const [, size, place] = oneArgument.exec(specification) ?? [];
    if (size === undefined || place === undefined) throw notUnderstood(specification.slice(at).trim(), arch);
    args.push(parseArgument(Number(size), place, arch));
  }
  return args;
}

function parseArgument(size: number, place: string, arch: string): UsdtArgument {
  if (!sizes.has(Math.abs(size))) {
    throw new RuntimeError("unsupported", {
      message: `an argument of the probe, at ${place}, has ${Math.abs(size)} bytes, where programs read 1, 2, 4 or 8`,
    });
  }
  const machine = machines[arch];
  const parts = machine?.pattern.exec(place)?.groups;
  const offset = (register: string): number => {
    const known = machine?.offset(register);
    if (known === undefined) throw notUnderstood(place, arch);
    return known;
  };
  const { constant, register, add, base = register, index, scale = "1" } = parts ?? {};
  const value = integer(constant ?? add ?? "0");
  if (parts === undefined || value === null) throw notUnderstood(place, arch);
  return {
    where: constant !== undefined ? "constant" : register !== undefined ? "register" : index === undefined ? "memory" : "indexed",
    value,
    register: base === undefined ? 0 : offset(base),
    index: index === undefined ? null : { register: offset(index), shift: Math.log2(Number(scale)) },
    signed: size < 0,
    size: Math.abs(size),
  };
}

function notUnderstood(place: string, arch: string): RuntimeError {
  return new RuntimeError("unsupported", { message: `an argument of the probe is at ${place}, which is not understood on ${arch}` });
}

/** Null where the text is no number. */
function integer(text: string): bigint | null {
  const parts = /^(-?)(0x[0-9a-f]+|\d+)$/i.exec(text);
  const size = BigInt(parts?.[2] ?? 0);
  return parts === null ? null : parts[1] === "-" ? -size : size;
}
