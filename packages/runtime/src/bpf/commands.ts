import type { Sys } from "../sys/sys.ts";
import { Attr } from "./attr.ts";

/** `enum bpf_cmd`. @see include/uapi/linux/bpf.h */
export const command = {
  mapCreate: 0,
  mapLookup: 1,
  mapUpdate: 2,
  mapDelete: 3,
  mapNextKey: 4,
  programLoad: 5,
  objectPin: 6,
  objectGet: 7,
  programAttach: 8,
  programDetach: 9,
  programTestRun: 10,
  programFdById: 13,
  mapFdById: 14,
  objectInfo: 15,
  rawTracepointOpen: 17,
  btfLoad: 18,
  btfFdById: 19,
  mapLookupAndDelete: 21,
  mapFreeze: 22,
  btfNextId: 23,
  mapLookupBatch: 24,
  mapLookupAndDeleteBatch: 25,
  mapUpdateBatch: 26,
  mapDeleteBatch: 27,
  linkCreate: 28,
  linkUpdate: 29,
  iterCreate: 33,
  linkDetach: 34,
} as const;

export interface MapSpec {
  /** `enum bpf_map_type`. */
  readonly type: number;
  readonly name: string;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  readonly flags: number;
  readonly numaNode?: number | undefined;
  readonly innerMapFd?: number | undefined;
  readonly extra?: bigint | undefined;
  readonly btf?: { readonly fd: number; readonly key: number; readonly value: number } | undefined;
  /** Of struct_ops: a type of the running kernel, and the descriptor of the module's BTF that has it, 0 for the kernel's own. */
  readonly kernelValue?: { readonly type: number; readonly module: number } | undefined;
}

/** BPF_MAP_CREATE: a descriptor or the negative errno. */
export function createMap(sys: Sys, map: MapSpec): number {
  const attr = new Attr(sys, 80)
    .u32(0, map.type)
    .u32(4, map.keySize)
    .u32(8, map.valueSize)
    .u32(12, map.maxEntries)
    .u32(16, map.flags)
    .u32(20, map.innerMapFd ?? 0)
    .u32(24, map.numaNode ?? 0)
    .name(28, map.name)
    .u64(64, map.extra ?? 0n);
  if (map.btf !== undefined) attr.u32(48, map.btf.fd).u32(52, map.btf.key).u32(56, map.btf.value);
  if (map.kernelValue !== undefined) attr.u32(60, map.kernelValue.type).u32(72, map.kernelValue.module);
  return sys.bpf(command.mapCreate, attr.bytes);
}

/** BPF_MAP_UPDATE_ELEM for what is done once; maps in use keep their buffers (see `maps/`). */
export function updateMap(sys: Sys, fd: number, key: Uint8Array, value: Uint8Array, flags = 0): number {
  return sys.bpf(command.mapUpdate, new Attr(sys, 32).u32(0, fd).pointer(8, key).pointer(16, value).u64(24, flags).bytes);
}

/** BPF_MAP_DELETE_ELEM for what is done once. */
export function deleteEntry(sys: Sys, fd: number, key: Uint8Array): number {
  return sys.bpf(command.mapDelete, new Attr(sys, 32).u32(0, fd).pointer(8, key).bytes);
}

export function freezeMap(sys: Sys, fd: number): number {
  return sys.bpf(command.mapFreeze, new Attr(sys, 4).u32(0, fd).bytes);
}

/** BPF_OBJ_PIN: 0 or the negative errno. */
export function pinObject(sys: Sys, fd: number, path: string): number {
  return sys.bpf(command.objectPin, new Attr(sys, 16).text(0, path).u32(8, fd).bytes);
}

/** BPF_OBJ_GET: a descriptor of what is pinned there, or the negative errno. */
export function openPinned(sys: Sys, path: string): number {
  return sys.bpf(command.objectGet, new Attr(sys, 16).text(0, path).bytes);
}

/** BPF_MAP_GET_FD_BY_ID: a new descriptor or the negative errno. */
export function mapFdById(sys: Sys, id: number): number {
  return sys.bpf(command.mapFdById, new Attr(sys, 12).u32(0, id).bytes);
}

/** BPF_BTF_LOAD: a descriptor or the negative errno; the log is asked for where a buffer is given. */
export function loadBtf(sys: Sys, btf: Uint8Array, log?: Uint8Array): number {
  const attr = new Attr(sys, 28).pointer(0, btf).u32(16, btf.length);
  if (log !== undefined) attr.pointer(8, log).u32(20, log.length).u32(24, 1);
  return sys.bpf(command.btfLoad, attr.bytes);
}

export interface ProgramSpec {
  /** `enum bpf_prog_type`. */
  readonly type: number;
  readonly name: string;
  readonly instructions: Uint8Array;
  readonly license: string;
  readonly kernelVersion?: number;
  readonly flags?: number;
  /** `enum bpf_attach_type`. */
  readonly expectedAttachType?: number;
  readonly attachBtfId?: number;
  /** Descriptor of a module's BTF, or of the program that is extended. */
  readonly attachTo?: number;
  readonly btfFd?: number;
  readonly functionInfo?: Uint8Array | undefined;
  readonly lineInfo?: Uint8Array | undefined;
  /** Descriptors that kfunc calls refer to. */
  readonly fdArray?: Uint8Array | undefined;
}

/** Bytes of one record: `struct bpf_func_info` and `struct bpf_line_info`. */
export const functionInfoSize = 8;
export const lineInfoSize = 16;

/** BPF_PROG_LOAD: a descriptor or the negative errno. */
export function loadProgram(sys: Sys, program: ProgramSpec, log?: { readonly buffer: Uint8Array; readonly level: number }): number {
  const attr = new Attr(sys, 144)
    .u32(0, program.type)
    .u32(4, program.instructions.length / 8)
    .pointer(8, program.instructions)
    .text(16, program.license)
    .u32(40, program.kernelVersion ?? 0)
    .u32(44, program.flags ?? 0)
    .name(48, program.name)
    .u32(68, program.expectedAttachType ?? 0)
    .u32(108, program.attachBtfId ?? 0)
    .u32(112, program.attachTo ?? 0);
  if (program.functionInfo !== undefined) {
    attr.u32(72, program.btfFd ?? 0).u32(76, functionInfoSize);
    attr.pointer(80, program.functionInfo).u32(88, program.functionInfo.length / functionInfoSize);
  }
  if (program.lineInfo !== undefined) {
    attr
      .u32(92, lineInfoSize)
      .pointer(96, program.lineInfo)
      .u32(104, program.lineInfo.length / lineInfoSize);
  }
  if (program.fdArray !== undefined) attr.pointer(120, program.fdArray);
  if (log !== undefined) attr.u32(24, log.level).u32(28, log.buffer.length).pointer(32, log.buffer);
  return sys.bpf(command.programLoad, attr.bytes);
}

/** BPF_RAW_TRACEPOINT_OPEN; without a name for programs whose target was fixed at load. */
export function openRawTracepoint(sys: Sys, program: number, name: string | null, cookie = 0n): number {
  // Before 6.10 the kernel knows no cookie, and refuses what is not zero.
  const attr = new Attr(sys, 24).u32(8, program).u64(16, cookie);
  if (name !== null) attr.text(0, name);
  return sys.bpf(command.rawTracepointOpen, attr.bytes);
}

/** BPF_LINK_CREATE; `more` fills in what follows the flags, from byte 16 on. */
export function createLink(sys: Sys, program: number, target: number, attachType: number, more?: (attr: Attr) => void, flags = 0): number {
  const attr = new Attr(sys, 64).u32(0, program).u32(4, target).u32(8, attachType).u32(12, flags);
  more?.(attr);
  return sys.bpf(command.linkCreate, attr.bytes);
}

/** BPF_OBJ_GET_INFO_BY_FD into `info`: 0 or the negative errno. */
export function objectInfo(sys: Sys, fd: number, info: Uint8Array): number {
  return sys.bpf(command.objectInfo, new Attr(sys, 16).u32(0, fd).u32(4, info.length).pointer(8, info).bytes);
}

/** The next id of a kind after `id`, or the negative errno. */
export function nextBtfId(sys: Sys, id: number): number {
  const attr = new Attr(sys, 12).u32(0, id);
  const result = sys.bpf(command.btfNextId, attr.bytes);
  return result < 0 ? result : attr.getU32(4);
}

export function btfFdById(sys: Sys, id: number): number {
  return sys.bpf(command.btfFdById, new Attr(sys, 12).u32(0, id).bytes);
}
