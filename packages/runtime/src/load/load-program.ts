import type { CoreRelocation, LineInfo } from "@lbc/core/btf";
import { attachTypes, type BpfObject, type Program, programTypes } from "@lbc/core/object";
import { loadProgram, type ProgramSpec } from "../bpf/commands.ts";
import { RuntimeError } from "../errors.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { programCameLater } from "../kernel/since.ts";
import { trampolinesRefused } from "../kernel/trampolines.ts";
import { errno, errnoName, systemError } from "../sys/errno.ts";
import type { Sys } from "../sys/sys.ts";
import type { LoadedBtf } from "./create-maps.ts";
import { kernelTarget, type ProgramTarget } from "./kernel-target.ts";
import type { Linked, Linker } from "./linker.ts";
import { placedLines, sourceAt, sourceInfo } from "./source-info.ts";
import { foldVerifierLog } from "./verifier-log.ts";

/** BPF_F_SLEEPABLE and BPF_F_XDP_HAS_FRAGS. @see include/uapi/linux/bpf.h */
const sleepable = 1 << 4;
const xdpFragments = 1 << 5;
/** BPF_LOG_LEVEL1: of a program that loads, nothing remains of it. @see kernel/bpf/verifier.c */
const sayWhyRefused = 1;
/** Bytes of the verifier's log: first try and the most that is asked for. */
const firstLog = 1 << 16;
const longestLog = 1 << 24;

export interface LoadContext {
  readonly object: BpfObject;
  readonly kernel: Kernel;
  readonly linker: Linker;
  readonly btf: (LoadedBtf & { readonly lines: readonly LineInfo[] }) | null;
  /** Module BTFs that kernel functions come from; index 0 is not used. */
  readonly functionFds: readonly number[];
}

/** A program in the kernel: its descriptor, -1 where it is none, and what the verifier was asked to say. */
export interface Verified {
  readonly fd: number;
  readonly log: string;
}

/** What is decided of a program before it is loaded. */
export interface ProgramSettings extends ProgramTarget {
  readonly flags: number;
  readonly logLevel: number;
}

/** Links a program and hands it to the kernel. Throws `verifier-refused` with the verifier's log. */
export function loadLinked(context: LoadContext, program: Program, chosen: ProgramSettings): Verified {
  const { object, kernel, linker, btf } = context;
  const target = kernelTarget(program, object, chosen, kernel);
  const linked = linker.link(program);
  const info = btf === null || object.btfExt === null ? undefined : sourceInfo(object.elf, object.btfExt, btf.lines, linked.placed);
  const spec: ProgramSpec = {
    type: programTypes.indexOf(program.type),
    name: program.name,
    instructions: linked.instructions,
    license: object.license ?? "",
    kernelVersion: object.kernelVersion ?? 0,
    flags: chosen.flags | (program.sleepable ? sleepable : 0) | (program.frags ? xdpFragments : 0),
    expectedAttachType: target?.member ?? (program.attachType === null ? 0 : attachTypes.indexOf(program.attachType)),
    ...(target === null ? {} : { attachBtfId: target.id, attachTo: target.fd }),
    ...(btf === null ? {} : { btfFd: btf.fd }),
    functionInfo: info?.functionInfo,
    lineInfo: info?.lineInfo,
    fdArray: context.functionFds.length > 1 ? new Uint8Array(Int32Array.from(context.functionFds).buffer) : undefined,
  };
  const { logLevel } = chosen;
  if (logLevel !== 0) return loadWithLog(context, spec, logLevel | sayWhyRefused, program, linked);
  const fd = loadPatiently(kernel.sys, spec);
  return { fd: fd >= 0 ? fd : loadWithLog(context, spec, sayWhyRefused, program, linked).fd, log: "" };
}

/** The verifier gives up with EAGAIN when a signal is pending: a profiler's come faster than it works. */
function loadPatiently(sys: Sys, spec: ProgramSpec, log?: { readonly buffer: Uint8Array; readonly level: number }): number {
  const result = loadProgram(sys, spec, log);
  return -result === errno.EAGAIN ? sys.withSignalsBlocked(() => loadProgram(sys, spec, log)) : result;
}

function loadWithLog(context: LoadContext, spec: ProgramSpec, level: number, program: Program, linked: Linked): Verified {
  const { sys } = context.kernel;
  let result = -errno.ENOSPC;
  for (let size = firstLog; size <= longestLog; size *= 4) {
    const buffer = new Uint8Array(size);
    result = loadPatiently(sys, spec, { buffer, level });
    if (-result === errno.ENOSPC && size < longestLog) continue;
    const log = new TextDecoder().decode(buffer.subarray(0, buffer.indexOf(0))).trimEnd();
    if (result >= 0) return { fd: result, log };
    throw refusal(context, result, program, log, linked);
  }
  throw systemError(result, "load-failed", `loading program ${program.name}`, { type: program.name });
}

function refusal(context: LoadContext, result: number, program: Program, log: string, linked: Linked): RuntimeError {
  const what = `loading program ${program.name}`;
  if (log === "") {
    const { sys } = context.kernel;
    const refused = programCameLater(sys, result, program) ?? trampolinesRefused(sys, result, program, what);
    if (refused !== null) return refused;
    const hint =
      -result === errno.EINVAL ? `Linux ${sys.release} may not know programs of the type ${program.type} (${program.section})` : undefined;
    return systemError(result, "load-failed", what, { type: program.name, ...(hint === undefined ? {} : { hint }) });
  }
  const lines = context.btf === null ? [] : placedLines(context.object.elf, context.btf.lines, linked.placed);
  const report = foldVerifierLog(log, (instruction) => sourceAt(lines, linked.placed, instruction));
  const [missing] = linked.poisoned;
  // 195896080 is 0xbad2310, what CO-RE leaves where the kernel lacks a type or field.
  const unresolved = missing !== undefined && log.includes("195896080");
  return new RuntimeError("verifier-refused", {
    ...(report.source === null ? {} : { file: report.source.file, line: report.source.line }),
    type: program.name,
    message: `${what}: ${errnoName(result)}: ${report.reason}`,
    hint: unresolved ? describeMissing(missing) : (report.hint ?? "the whole log is in verifierLog"),
    errno: errnoName(result),
    verifierLog: log,
    verifierReport: report,
  });
}

function describeMissing(relocation: CoreRelocation): string {
  return `this kernel has no such type or field: ${relocation.kind} of type ${relocation.type} at "${relocation.access}"; ask bpf_core_field_exists() first`;
}
