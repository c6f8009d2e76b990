import { type NewBtfType, writeBtf } from "@lbc/core/btf";
import { programTypes } from "@lbc/core/object";
import { createLink, loadBtf, loadProgram } from "../bpf/commands.ts";
import { errno } from "../sys/errno.ts";
import type { Sys } from "../sys/sys.ts";
import type { Kernel } from "./kernel.ts";

/** Kinds of type information that some kernel from 5.10 on does not take. */
export interface BtfFeatures {
  /** BTF_KIND_FUNC with a linkage, 5.6. */
  readonly functionLinkage: boolean;
  /** BTF_KIND_VAR and BTF_KIND_DATASEC, 5.2. */
  readonly dataSections: boolean;
  /** BTF_KIND_FLOAT, 5.13. */
  readonly floats: boolean;
  /** BTF_KIND_DECL_TAG, 5.16. */
  readonly declTags: boolean;
  /** BTF_KIND_TYPE_TAG, 5.17. */
  readonly typeTags: boolean;
  /** BTF_KIND_ENUM64 and signed enums, 6.0. */
  readonly enum64: boolean;
}

const int: NewBtfType = { kind: "int", name: "int", size: 4, signed: true, char: false, bool: false, bits: 32, bitOffset: 0 };

/** The smallest BTF that needs each feature. */
const samples: { readonly [Feature in keyof BtfFeatures]: readonly NewBtfType[] } = {
  functionLinkage: [
    int,
    { kind: "function-prototype", name: "", result: 0, parameters: [{ name: "a", type: 1 }] },
    { kind: "function", name: "f", type: 2, linkage: "global" },
  ],
  dataSections: [
    int,
    { kind: "variable", name: "v", type: 1, linkage: "static" },
    { kind: "data-section", name: ".data", size: 4, variables: [{ type: 2, offset: 0, size: 4 }] },
  ],
  floats: [{ kind: "float", name: "float", size: 4 }],
  declTags: [
    int,
    { kind: "variable", name: "v", type: 1, linkage: "global" },
    { kind: "decl-tag", name: "tag", type: 2, component: -1, attribute: false },
  ],
  typeTags: [int, { kind: "type-tag", name: "tag", type: 1, attribute: false }, { kind: "pointer", name: "", type: 2 }],
  enum64: [{ kind: "enum", name: "e", wide: true, size: 8, signed: true, values: [{ name: "A", value: -1n }] }],
};

/** Asks the kernel to load one small BTF for each feature. */
export function probeBtfFeatures(sys: Sys): BtfFeatures {
  const takes = (types: readonly NewBtfType[]): boolean => {
    const fd = loadBtf(sys, writeBtf(types, sys.endianness));
    if (fd >= 0) sys.close(fd);
    return fd >= 0;
  };
  return {
    functionLinkage: takes(samples.functionLinkage),
    dataSections: takes(samples.dataSections),
    floats: takes(samples.floats),
    declTags: takes(samples.declTags),
    typeTags: takes(samples.typeTags),
    enum64: takes(samples.enum64),
  };
}

/** `r0 = 0; exit` in the byte order of the machine: its constants are all zero. */
const returnZero = Uint8Array.of(0xb7, 0, 0, 0, 0, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0);
const attachPerfEvent = 41;
const noFd = 0xffffffff;

/** Whether perf events have links, and with them cookies, 5.15: the kernel then complains of the descriptor and not of the call. */
export function hasBpfCookie(sys: Sys): boolean {
  const program = loadProgram(sys, { type: programTypes.indexOf("tracepoint"), name: "probe", instructions: returnZero, license: "GPL" });
  if (program < 0) return false;
  const result = createLink(sys, program, noFd, attachPerfEvent);
  sys.close(program);
  return result === -errno.EBADF;
}

const wrapperArch: Readonly<Record<string, string>> = { x64: "x64", arm64: "arm64", s390x: "s390x", riscv64: "riscv" };

/** The kernel's function for a system call, which takes its arguments in a `struct pt_regs`; undefined on other machines. */
export function syscallWrapper(name: string): string | undefined {
  const arch = wrapperArch[process.arch];
  return arch === undefined ? undefined : `__${arch}_sys_${name}`;
}

/** Whether system calls take their arguments in a `struct pt_regs`, 4.17 on x86. */
export function hasSyscallWrapper(kernel: Kernel): boolean {
  const wrapper = syscallWrapper("bpf");
  return wrapper !== undefined && kernel.hasSymbol(wrapper);
}
