import { expect, test } from "vitest";
import { RuntimeError } from "../errors.ts";
import { parseArguments } from "./usdt-arguments.ts";

test.each([
  [
    "x64",
    "-4@%ecx 8@-16(%rbp) 1@$-3",
    [
      ["register", 0n, 88, true, 4],
      ["memory", -16n, 32, false, 8],
      ["constant", -3n, 0, false, 1],
    ],
  ],
  [
    "x64",
    "4@(%rsp) 2@$0x10",
    [
      ["memory", 0n, 152, false, 4],
      ["constant", 16n, 0, false, 2],
    ],
  ],
  [
    "arm64",
    "-8@x3 4@[sp, 16] 8@[x0] -1@-5",
    [
      ["register", 0n, 24, true, 8],
      ["memory", 16n, 248, false, 4],
      ["memory", 0n, 0, false, 8],
      ["constant", -5n, 0, true, 1],
    ],
  ],
  [
    "riscv64",
    "-8@a1 8@-88(s0) 4@5 1@t6",
    [
      ["register", 0n, 88, true, 8],
      ["memory", -88n, 64, false, 8],
      ["constant", 5n, 0, false, 4],
      ["register", 0n, 248, false, 1],
    ],
  ],
  [
    "s390x",
    "-8@%r0 2@-28(%r15) 4@71",
    [
      ["register", 0n, 24, true, 8],
      ["memory", -28n, 144, false, 2],
      ["constant", 71n, 0, false, 4],
    ],
  ],
  ["x64", "", []],
] as const)("arguments on %s: %s", (arch, specification, expected) => {
  const found = parseArguments(specification, arch).map(({ where, value, register, signed, size }) => [
    where,
    value,
    register,
    signed,
    size,
  ]);
  expect(found).toEqual(expected);
});

test.each([
  ["-4@16(%rbp,%rax,4)", { where: "indexed", value: 16n, register: 32, index: { register: 80, shift: 2 }, signed: true, size: 4 }],
  ["8@(%rsi,%rdi,8)", { where: "indexed", value: 0n, register: 104, index: { register: 112, shift: 3 }, signed: false, size: 8 }],
  ["1@-96(%rbp, %r8)", { where: "indexed", value: -96n, register: 32, index: { register: 72, shift: 0 }, signed: false, size: 1 }],
] as const)("an element of an array has the register of its index: %s", (specification, expected) => {
  expect(parseArguments(specification, "x64")).toEqual([expected]);
});

test.each([
  ["x64", "8@(%rsi,%rdi,3)", "(%rsi,%rdi,3)"],
  ["x64", "8@(%rsi,%xmm0,8)", "%xmm0"],
  ["x64", "16@%xmm0 8@%rdi", "16 bytes"],
  ["x64", "8@%rdi 3@%rsi", "3 bytes"],
  ["x64", "8@%rdi nonsense", "nonsense"],
  ["x64", "4f@%xmm0", "%xmm0"],
  ["x64", "8@counter(%rip)", "counter(%rip)"],
  ["x64", "8@$1x", "$1x"],
  ["arm64", "8@[x0", "8@[x0"],
  ["riscv64", "8@pc", "pc"],
  ["riscv64", "8@fa0", "fa0"],
  ["s390x", "8@%r16", "%r16"],
  ["s390x", "8@%f0", "%f0"],
  ["mips", "8@a0", "a0"],
])("an argument that is not understood is an error, and none is left out: on %s %s", (arch, specification, said) => {
  expect(() => parseArguments(specification, arch)).toThrow(RuntimeError);
  expect(() => parseArguments(specification, arch)).toThrow(
    expect.objectContaining({ code: "unsupported", message: expect.stringContaining(said) }),
  );
});
