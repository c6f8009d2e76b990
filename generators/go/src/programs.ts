import { type AttachKind, assertNever, type ProgramLayout } from "@lbc/core/layout";
import { stringLiteral } from "./gofmt.ts";

/** One program in the skeleton. */
export interface ProgramView {
  readonly type: string;
  /** The expression that makes it of a loaded object. */
  readonly make: string;
}

/** How a kind of program attaches: its Go type with fields, and the attacher where the section names the target. */
interface Attachment {
  readonly type: string;
  readonly fields?: string;
  readonly attacher: string | null;
}

export function programView(program: ProgramLayout): ProgramView {
  const { type, fields, attacher } = attachment(program.attach);
  const base = `golbc.NewProgram(object, ${stringLiteral(program.name)}, ${program.autoattach}, ${attacher ?? "nil"})`;
  if (type === "Program") return { type: "*golbc.Program", make: base };
  return { type: `golbc.${type}`, make: `golbc.${type}{Program: ${base}${fields === undefined ? "" : `, ${fields}`}}` };
}

const call = (name: string, ...args: readonly (string | number | boolean)[]): string =>
  `golbc.${name}(${args.map((arg) => (typeof arg === "string" ? stringLiteral(arg) : arg)).join(", ")})`;

function attachment(attach: AttachKind | null): Attachment {
  switch (attach?.kind) {
    case "kprobe":
      return probe(
        "KprobeProgram",
        attach.return,
        attach.function === null ? null : call("Kprobe", attach.function, attach.offset, attach.return),
      );
    case "ksyscall":
      return probe("KsyscallProgram", attach.return, attach.syscall === null ? null : call("Ksyscall", attach.syscall, attach.return));
    case "uprobe": {
      const { path, function: symbol, offset } = attach;
      const target = path === null || (symbol === null && offset === 0) ? null : call("Uprobe", path, symbol ?? "", offset, attach.return);
      return probe("UprobeProgram", attach.return, target);
    }
    case "kprobe_multi": {
      const { pattern, session } = attach;
      const attacher = pattern === null ? null : call("KprobeMulti", pattern, attach.return, session);
      return { type: "KprobeMultiProgram", fields: `Return: ${attach.return}, Session: ${session}`, attacher };
    }
    case "uprobe_multi": {
      const { path, pattern } = attach;
      if (attach.session) return { type: "Program", attacher: call("Unsupported", "uprobe.session") };
      return probe(
        "UprobeMultiProgram",
        attach.return,
        path === null || pattern === null ? null : call("UprobeMulti", path, pattern, attach.return),
      );
    }
    case "usdt":
      return { type: "Program", attacher: call("Unsupported", "usdt") };
    case "tracepoint": {
      const { category, name } = attach;
      return { type: "TracepointProgram", attacher: category === null || name === null ? null : call("Tracepoint", category, name) };
    }
    case "raw_tracepoint":
      return { type: "RawTracepointProgram", attacher: attach.name === null ? null : call("RawTracepoint", attach.name) };
    case "tp_btf":
    case "trampoline":
      return { type: "Program", attacher: "golbc.Tracing" };
    case "lsm":
      return { type: "Program", attacher: "golbc.LSM" };
    case "iter":
      return { type: "IterProgram", attacher: "golbc.Iter" };
    default:
      return { type: attach === null || attach === undefined ? "Program" : atRunTime(attach), attacher: null };
  }
}

const probe = (type: string, isReturn: boolean, attacher: string | null): Attachment => ({ type, fields: `Return: ${isReturn}`, attacher });

/** Programs whose target is only known when they run. */
function atRunTime(
  attach: Exclude<
    AttachKind,
    {
      kind:
        | "kprobe"
        | "ksyscall"
        | "uprobe"
        | "kprobe_multi"
        | "uprobe_multi"
        | "usdt"
        | "tracepoint"
        | "raw_tracepoint"
        | "tp_btf"
        | "trampoline"
        | "lsm"
        | "iter";
    }
  >,
): string {
  switch (attach.kind) {
    case "perf_event":
      return "PerfEventProgram";
    case "socket_filter":
      return "SocketFilterProgram";
    case "xdp":
      return "XDPProgram";
    case "tc":
    case "tcx":
    case "netkit":
      return "ClassifierProgram";
    case "cgroup":
    case "lsm_cgroup":
      return "CgroupProgram";
    case "sk_lookup":
    case "flow_dissector":
    case "netns":
      return "NetNSProgram";
    case "sockmap":
    case "lirc":
      return "DescriptorProgram";
    case "netfilter":
      return "NetfilterProgram";
    case "freplace":
      return "FreplaceProgram";
    case "struct_ops":
      return "Program";
    default:
      return assertNever(attach);
  }
}
