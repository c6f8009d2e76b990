import { type BtfId, type BtfType, type NewBtfType, writeBtf } from "@lbc/core/btf";
import { attachTypes, type MapType, mapTypes, type ProgramType, programTypes } from "@lbc/core/object";
import { createMap, loadBtf, loadProgram, type MapSpec, type ProgramSpec } from "../bpf/commands.ts";
import { RuntimeError } from "../errors.ts";
import { errno, systemError } from "../sys/errno.ts";
import { linuxSys } from "../sys/linux.ts";
import type { Sys } from "../sys/sys.ts";
import { type BtfFeatures, probeBtfFeatures } from "./features.ts";
import { Kernel } from "./kernel.ts";

/** What the running kernel takes. */
export interface KernelFeatures {
  readonly mapTypes: ReadonlySet<MapType>;
  readonly programTypes: ReadonlySet<ProgramType>;
  /** Of the helpers that were asked about, by their number in `enum bpf_func_id`: those that programs of a type may call. */
  readonly helpers: ReadonlyMap<ProgramType, ReadonlySet<number>>;
  readonly btf: BtfFeatures;
}

/**
 * Asks the running kernel by making a small map and loading a small program of each type, and one for each helper in each; all are closed
 * at once, and none is attached. Throws RuntimeError `no-permission`.
 */
export function probeKernel(helpers: Iterable<number> = [], sys: Sys = linuxSys()): KernelFeatures {
  using kernel = new Kernel(sys);
  kernel.makeRoom();
  refuseWithoutPermission(sys);
  const takenMaps = mapTypes.filter((type) => type !== "unspec" && takesMap(sys, type));
  const takenPrograms = programTypes.filter((type) => type !== "unspec" && takesProgram(kernel, type));
  const asked = [...helpers];
  return {
    mapTypes: new Set(takenMaps),
    programTypes: new Set(takenPrograms),
    helpers: new Map(takenPrograms.map((type) => [type, new Set(asked.filter((helper) => takesHelper(kernel, type, helper)))])),
    btf: probeBtfFeatures(sys),
  };
}

/** A map that every kernel has. */
const array: MapSpec = { type: mapTypes.indexOf("array"), name: "probe", keySize: 4, valueSize: 4, maxEntries: 1, flags: 0 };

function refuseWithoutPermission(sys: Sys): void {
  const fd = createMap(sys, array);
  if (fd < 0) throw systemError(fd, "system-call-failed", "asking what the kernel takes");
  sys.close(fd);
}

/** BPF_F_NO_PREALLOC, BPF_F_MMAPABLE and BPF_F_SLEEPABLE. @see include/uapi/linux/bpf.h */
const noPreallocation = 1 << 0;
const memoryMappable = 1 << 10;
const sleepable = 1 << 4;

const keyless = { keySize: 0 } as const;
const storage = { maxEntries: 0, flags: noPreallocation } as const;
const cgroupStorage = { keySize: 16, valueSize: 8, maxEntries: 0 } as const;

/** In what the smallest map of a type differs from an array of one number. @see https://docs.kernel.org/bpf/maps.html */
const mapSamples: Readonly<Partial<Record<MapType, Partial<MapSpec>>>> = {
  stack_trace: { valueSize: 8 },
  lpm_trie: { keySize: 8, flags: noPreallocation },
  cgroup_storage: cgroupStorage,
  percpu_cgroup_storage: cgroupStorage,
  queue: keyless,
  stack: keyless,
  bloom_filter: keyless,
  sk_storage: storage,
  inode_storage: storage,
  task_storage: storage,
  cgrp_storage: storage,
  ringbuf: { keySize: 0, valueSize: 0 },
  user_ringbuf: { keySize: 0, valueSize: 0 },
  arena: { keySize: 0, valueSize: 0, flags: memoryMappable },
  insn_array: { valueSize: 16 },
  struct_ops: { kernelValue: { type: 1, module: 0 } },
};

const int: NewBtfType = { kind: "int", name: "int", size: 4, signed: true, char: false, bool: false, bits: 32, bitOffset: 0 };

function takesMap(sys: Sys, type: (typeof mapTypes)[number]): boolean {
  const inner = type === "array_of_maps" || type === "hash_of_maps" ? createMap(sys, array) : null;
  const types = mapSamples[type] === storage ? loadBtf(sys, writeBtf([int], sys.endianness)) : null;
  const result = createMap(sys, {
    ...array,
    type: mapTypes.indexOf(type),
    ...(type === "ringbuf" || type === "user_ringbuf" ? { maxEntries: sys.pageSize } : {}),
    ...mapSamples[type],
    ...(inner === null ? {} : { innerMapFd: inner }),
    ...(types === null ? {} : { btf: { fd: types, key: 1, value: 1 } }),
  });
  for (const fd of [inner, types, result]) if (fd !== null && fd >= 0) sys.close(fd);
  // Of struct_ops the kernel finds that the type is none of its operations.
  return result >= 0 || (type === "struct_ops" && result === -errno.ENOTSUPP);
}

/** What the smallest programs of a type have to say beside their type; none where this kernel has nothing to attach them to. */
function programSamples(kernel: Kernel, type: ProgramType): readonly Partial<ProgramSpec>[] {
  const attached = (name: (typeof attachTypes)[number]): Partial<ProgramSpec> => ({ expectedAttachType: attachTypes.indexOf(name) });
  const tracing = (name: (typeof attachTypes)[number], target: string, kind: BtfType["kind"] = "function"): Partial<ProgramSpec>[] => {
    const attachBtfId = findType(kernel, target, kind);
    return attachBtfId === undefined ? [] : [{ ...attached(name), attachBtfId }];
  };
  switch (type) {
    case "cgroup_sock_addr":
      return [attached("cgroup_inet4_connect")];
    case "cgroup_sockopt":
      return [attached("cgroup_getsockopt")];
    case "lirc_mode2":
    case "sk_lookup":
    case "netfilter":
      return [attached(type)];
    case "syscall":
      return [{ flags: sleepable }];
    case "tracing":
      return [
        ...tracing("trace_raw_tp", "btf_trace_sched_process_exec", "typedef"),
        ...tracing("trace_iter", "bpf_iter_task"),
        ...tracing("trace_fentry", "bpf_fentry_test1"),
      ];
    case "lsm":
      return tracing("lsm_mac", "bpf_lsm_file_open");
    case "ext":
      return [{ attachBtfId: 1 }];
    default:
      return [{}];
  }
}

/** Undefined where the kernel has no such type, or none at all. */
function findType(kernel: Kernel, name: string, kind: BtfType["kind"]): BtfId | undefined {
  try {
    return kernel.btf.find(name, kind)[0];
  } catch (error) {
    if (error instanceof RuntimeError && error.code === "no-kernel-btf") return undefined;
    throw error;
  }
}

/** Room for the first lines of the verifier's log, with the reason. */
const log = { buffer: new Uint8Array(4096), level: 1 };
const utf8 = new TextDecoder();

/** What became of a program: a descriptor that is closed already or the negative errno, and what the verifier said. */
interface Answer {
  readonly result: number;
  readonly said: string;
}

/** Whether the answer to one of a type's programs is one that is looked for. */
function answers(kernel: Kernel, type: ProgramType, instructions: Uint8Array, isWanted: (answer: Answer) => boolean): boolean {
  const spec = { type: programTypes.indexOf(type), name: "probe", license: "GPL", kernelVersion: kernel.version, instructions };
  return programSamples(kernel, type).some((sample) => {
    log.buffer.fill(0);
    const result = loadProgram(kernel.sys, { ...spec, ...sample }, log);
    if (result >= 0) kernel.sys.close(result);
    return isWanted({ result, said: utf8.decode(log.buffer.subarray(0, log.buffer.indexOf(0))) });
  });
}

/** `r0 = 0; exit` and `call N; exit`. @see https://docs.kernel.org/bpf/standardization/instruction-set.html */
const returnZero = Uint8Array.of(0xb7, 0, 0, 0, 0, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0);
function callOf(helper: number, endianness: Sys["endianness"]): Uint8Array {
  const instructions = Uint8Array.of(0x85, 0, 0, 0, 0, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0);
  new DataView(instructions.buffer).setInt32(4, helper, endianness === "little");
  return instructions;
}

function takesProgram(kernel: Kernel, type: ProgramType): boolean {
  return answers(kernel, type, returnZero, ({ result, said }) => {
    if (result >= 0) return true;
    // Both have to name what they replace, of which there is nothing here.
    return (type === "struct_ops" && result === -errno.ENOTSUPP) || (type === "ext" && said.includes("Cannot replace kernel functions"));
  });
}

/** The verifier looks for the helper before it looks at the arguments, of which there are none. */
function takesHelper(kernel: Kernel, type: ProgramType, helper: number): boolean {
  if (type === "struct_ops" || type === "ext") return false;
  const wants = ({ result, said }: Answer): boolean =>
    result >= 0 || (said !== "" && !/(unknown|invalid) func|cannot use helper/.test(said));
  return answers(kernel, type, callOf(helper, kernel.sys.endianness), wants);
}
