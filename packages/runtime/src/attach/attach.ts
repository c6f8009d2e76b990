import type { AttachKind, Program } from "@lbc/core/object";
import type { AttachTargets } from "../attach-target.ts";
import { RuntimeError } from "../errors.ts";
import type { Sys } from "../sys/sys.ts";
import { attachBound, attachRawTracepoint, attachReplacement } from "./bound.ts";
import { attachIterator, walksAlone } from "./iterator.ts";
import { attachKprobe, attachKprobeMulti, attachKsyscall } from "./kprobe.ts";
import type { Attachment } from "./link.ts";
import { attachLirc } from "./lirc.ts";
import { attachCgroup, attachNetfilter, attachNetns, attachSocketFilter, attachSockmap, attachTcx, attachXdp } from "./network.ts";
import { attachPerfEventProgram, attachTracepoint } from "./perf.ts";
import { attachTc } from "./tc.ts";
import { attachUprobe, attachUprobeMulti } from "./uprobe.ts";
import { attachUsdt } from "./usdt.ts";
import type { UsdtSpecs } from "./usdt-specs.ts";

/** A loaded program that is about to be attached. */
export interface Attaching {
  readonly sys: Sys;
  readonly program: Program;
  readonly fd: number;
  /** Of the object, null where it has no USDT programs. */
  readonly usdtSpecs: UsdtSpecs | null;
}

/** Whether the section says all that attaching needs. */
export function knowsItsTarget({ attach }: Program): boolean {
  if (attach === null) return false;
  switch (attach.kind) {
    case "kprobe":
      return attach.function !== null;
    case "ksyscall":
      return attach.syscall !== null;
    case "kprobe_multi":
      return attach.pattern !== null;
    case "uprobe":
      return attach.path !== null && attach.function !== null;
    case "uprobe_multi":
      return attach.path !== null && attach.pattern !== null;
    case "tracepoint":
    case "raw_tracepoint":
    case "usdt":
      return attach.name !== null;
    case "iter":
      return walksAlone(attach);
    case "tp_btf":
    case "trampoline":
    case "lsm":
    case "freplace":
      return true;
    default:
      return false;
  }
}

/**
 * Attaches a loaded program; `target` takes the place of what the section says. Throws `attach-target-missing` where neither says it,
 * `attach-failed` where the kernel refuses it, `unsupported` for kinds that this runtime cannot attach yet.
 */
export function attachProgram(attaching: Attaching, target?: AttachTargets[AttachKind["kind"]]): Attachment {
  const { program } = attaching;
  const { attach } = program;
  if (attach === null) {
    throw notAttachable(program, `programs in SEC("${program.section}") do not attach`, "run them with testRun(), or put them into a map");
  }
  const given = <Kind extends AttachKind["kind"]>(_kind: Kind): AttachTargets[Kind] | undefined =>
    target as AttachTargets[Kind] | undefined;
  switch (attach.kind) {
    case "kprobe":
      return attachKprobe(attaching, attach, given(attach.kind));
    case "kprobe_multi":
      return attachKprobeMulti(attaching, attach, given(attach.kind));
    case "ksyscall":
      return attachKsyscall(attaching, attach, given(attach.kind));
    case "uprobe":
      return attachUprobe(attaching, attach, given(attach.kind));
    case "uprobe_multi":
      return attachUprobeMulti(attaching, attach, given(attach.kind));
    case "tracepoint":
      return attachTracepoint(attaching, attach, given(attach.kind));
    case "raw_tracepoint":
      return attachRawTracepoint(attaching, attach, given(attach.kind));
    case "tp_btf":
    case "trampoline":
    case "lsm":
      return attachBound(attaching, given(attach.kind));
    case "freplace":
      return attachReplacement(attaching, given(attach.kind));
    case "iter":
      return attachIterator(attaching, given(attach.kind));
    case "perf_event":
      return attachPerfEventProgram(attaching, given(attach.kind));
    case "socket_filter":
      return attachSocketFilter(attaching, given(attach.kind));
    case "xdp":
      return attachXdp(attaching, given(attach.kind));
    case "tcx":
    case "netkit":
      return attachTcx(attaching, given(attach.kind));
    case "cgroup":
      return attachCgroup(attaching, given(attach.kind)?.path, given(attach.kind));
    case "lsm_cgroup":
      return attachCgroup(attaching, given(attach.kind)?.cgroup, given(attach.kind));
    case "sk_lookup":
    case "flow_dissector":
    case "netns":
      return attachNetns(attaching, given(attach.kind));
    case "sockmap":
      return attachSockmap(attaching, given(attach.kind));
    case "netfilter":
      return attachNetfilter(attaching, given(attach.kind));
    case "usdt":
      return attachUsdt(attaching, attach, given(attach.kind));
    case "tc":
      return attachTc(attaching, given(attach.kind));
    case "lirc":
      return attachLirc(attaching, given(attach.kind));
    case "struct_ops":
      throw notAttachable(program, `${program.name} is attached with its struct`, "attach that: loaded.structOps(name).attach()");
  }
}

function notAttachable(program: Program, message: string, hint: string): RuntimeError {
  return new RuntimeError("unsupported", { type: program.name, message, hint });
}

export function targetMissing(program: Program, example: string): RuntimeError {
  return new RuntimeError("attach-target-missing", {
    type: program.name,
    message: `SEC("${program.section}") does not say what ${program.name} attaches to`,
    hint: `give it to attach(), as in attach(${example})`,
  });
}
