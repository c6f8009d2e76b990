import { type AttachKind, assertNever, type ProgramLayout } from "@lbc/core/layout";
import { assignment, call } from "./expressions.ts";
import type { AttributeView } from "./maps.ts";
import { attributeNames } from "./names.ts";
import { docString, literal } from "./strings.ts";

/** `self.name = Class(bpf, "name", …)` for each program. */
export function programAttributes(programs: readonly ProgramLayout[]): AttributeView[] {
  const names = attributeNames(programs.map((program) => program.name));
  return programs.map((program, index) => {
    const className = program.attach === null ? "Program" : programClass(program.attach);
    const options = program.autoattach ? ["autoattach=True"] : [];
    if (program.attach !== null && "return" in program.attach && program.attach.return) options.push("on_return=True");
    const line = assignment(8, `self.${names[index]}`, { call: call(className, "bpf", literal(program.name), ...options) });
    const section = `\`\`SEC("${program.section}")\`\`.`;
    return { line, doc: docString(8, section, program.doc), className };
  });
}

/** What attaches a program; of a kind that libbpf attaches only by itself, or not at all, there is less to say. */
function programClass(attach: AttachKind): string {
  switch (attach.kind) {
    case "kprobe":
      return "KprobeProgram";
    case "kprobe_multi":
      return "KprobeMultiProgram";
    case "ksyscall":
      return "KsyscallProgram";
    case "uprobe":
      return "UprobeProgram";
    case "uprobe_multi":
      return "UprobeMultiProgram";
    case "usdt":
      return "UsdtProgram";
    case "tracepoint":
      return "TracepointProgram";
    case "raw_tracepoint":
      return "RawTracepointProgram";
    case "perf_event":
      return "PerfEventProgram";
    case "socket_filter":
      return "SocketFilterProgram";
    case "xdp":
      return "XdpProgram";
    case "tcx":
      return "TcxProgram";
    case "cgroup":
    case "lsm_cgroup":
      return "CgroupProgram";
    case "sk_lookup":
    case "flow_dissector":
    case "netns":
      return "NetnsProgram";
    case "tp_btf":
    case "trampoline":
    case "lsm":
      return "AutoProgram";
    case "iter":
      return "IterProgram";
    case "freplace":
      return "FreplaceProgram";
    case "tc":
      return "TcProgram";
    case "netkit":
      return "NetkitProgram";
    case "sockmap":
      return "SockmapProgram";
    case "netfilter":
      return "NetfilterProgram";
    case "struct_ops":
    case "lirc":
      return "Program";
    default:
      return assertNever(attach);
  }
}
