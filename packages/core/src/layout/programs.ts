import { assertNever } from "../errors.ts";
import type { AttachKind, Program } from "../object/index.ts";
import type { TypeSource } from "./source.ts";
import type { ProgramLayout } from "./types.ts";

export function programLayout(source: TypeSource | null, program: Program): ProgramLayout {
  return {
    name: program.name,
    section: program.section,
    type: program.type,
    attachType: program.attachType,
    attach: program.attach,
    autoattach: program.attach !== null && attachesByItself(program.attach),
    autoload: program.autoload,
    sleepable: program.sleepable,
    doc: program.btfId === null ? null : (source?.doc(program.btfId) ?? null),
  };
}

/**
 * Whether libbpf's bpf_program__attach attaches the program with what its section says: the others need a target that the section
 * left open, or a file descriptor (an interface, a cgroup, a socket). @see `section_defs` in libbpf.c
 */
function attachesByItself(attach: AttachKind): boolean {
  switch (attach.kind) {
    case "kprobe":
      return attach.function !== null;
    case "kprobe_multi":
      return attach.pattern !== null;
    case "ksyscall":
      return attach.syscall !== null;
    case "uprobe":
      return attach.path !== null && (attach.function !== null || attach.offset !== 0);
    case "uprobe_multi":
      return attach.path !== null && attach.pattern !== null;
    case "usdt":
      return attach.path !== null && attach.provider !== null && attach.name !== null;
    case "tracepoint":
      return attach.category !== null && attach.name !== null;
    case "raw_tracepoint":
    case "tp_btf":
      return attach.name !== null;
    case "trampoline":
    case "freplace":
      return attach.function !== null;
    case "lsm":
      return attach.hook !== null;
    case "iter":
      return attach.target !== null;
    case "lsm_cgroup":
    case "perf_event":
    case "socket_filter":
    case "xdp":
    case "tc":
    case "tcx":
    case "netkit":
    case "cgroup":
    case "sk_lookup":
    case "flow_dissector":
    case "netns":
    case "sockmap":
    case "netfilter":
    case "struct_ops":
    case "lirc":
      return false;
    default:
      return assertNever(attach);
  }
}
