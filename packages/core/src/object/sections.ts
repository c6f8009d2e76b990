import type { AttachKind, AttachType, ProgramType } from "./kinds.ts";
import * as target from "./targets.ts";

/** What the name of a program's section says. */
export interface SectionMeaning {
  readonly type: ProgramType;
  /** The type of attachment that the program is loaded for; null where the kernel does not ask. */
  readonly attachType: AttachType | null;
  /** null: nothing to attach by itself. */
  readonly attach: AttachKind | null;
  /** False for `SEC("?…")`. */
  readonly autoload: boolean;
  /** Whether an XDP program takes packets of several buffers (BPF_F_XDP_HAS_FRAGS). */
  readonly frags: boolean;
  /** Whether the program may sleep: forms that end in `.s`, and `syscall`. */
  readonly sleepable: boolean;
}

/** A form of name. One that ends in `+` also stands before a slash and a target; any other matches as a whole. */
type Form = readonly [form: string, type: ProgramType, attachType: AttachType | null, attach: AttachKind | target.AttachParser | null];

const socketFilter: AttachKind = { kind: "socket_filter" };
const tc: AttachKind = { kind: "tc" };
const tcx: AttachKind = { kind: "tcx" };
const netkit: AttachKind = { kind: "netkit" };
const xdp: AttachKind = { kind: "xdp" };
const cgroup: AttachKind = { kind: "cgroup" };
const sockmap: AttachKind = { kind: "sockmap" };
const structOps: AttachKind = { kind: "struct_ops" };

/**
 * Every form of section name, with the meaning that libbpf gives it.
 * @see https://docs.kernel.org/bpf/libbpf/program_types.html
 */
export const sectionForms: readonly Form[] = [
  ["kprobe+", "kprobe", null, target.kprobe],
  ["kretprobe+", "kprobe", null, target.kprobe],
  ["kprobe.multi+", "kprobe", "trace_kprobe_multi", target.kprobeMulti],
  ["kretprobe.multi+", "kprobe", "trace_kprobe_multi", target.kprobeMulti],
  ["kprobe.session+", "kprobe", "trace_kprobe_session", target.kprobeMulti],
  ["ksyscall+", "kprobe", null, target.ksyscall],
  ["kretsyscall+", "kprobe", null, target.ksyscall],
  ["uprobe+", "kprobe", null, target.uprobe],
  ["uprobe.s+", "kprobe", null, target.uprobe],
  ["uretprobe+", "kprobe", null, target.uprobe],
  ["uretprobe.s+", "kprobe", null, target.uprobe],
  ["uprobe.multi+", "kprobe", "trace_uprobe_multi", target.uprobeMulti],
  ["uprobe.multi.s+", "kprobe", "trace_uprobe_multi", target.uprobeMulti],
  ["uretprobe.multi+", "kprobe", "trace_uprobe_multi", target.uprobeMulti],
  ["uretprobe.multi.s+", "kprobe", "trace_uprobe_multi", target.uprobeMulti],
  ["uprobe.session+", "kprobe", "trace_uprobe_session", target.uprobeMulti],
  ["uprobe.session.s+", "kprobe", "trace_uprobe_session", target.uprobeMulti],
  ["usdt+", "kprobe", null, target.usdt],
  ["usdt.s+", "kprobe", null, target.usdt],
  ["tracepoint+", "tracepoint", null, target.tracepoint],
  ["tp+", "tracepoint", null, target.tracepoint],
  ["raw_tracepoint+", "raw_tracepoint", null, target.rawTracepoint],
  ["raw_tp+", "raw_tracepoint", null, target.rawTracepoint],
  ["raw_tracepoint.w+", "raw_tracepoint_writable", null, target.rawTracepoint],
  ["raw_tp.w+", "raw_tracepoint_writable", null, target.rawTracepoint],
  ["perf_event", "perf_event", null, { kind: "perf_event" }],

  ["tp_btf+", "tracing", "trace_raw_tp", target.tpBtf],
  ["fentry+", "tracing", "trace_fentry", target.trampoline],
  ["fentry.s+", "tracing", "trace_fentry", target.trampoline],
  ["fexit+", "tracing", "trace_fexit", target.trampoline],
  ["fexit.s+", "tracing", "trace_fexit", target.trampoline],
  ["fmod_ret+", "tracing", "modify_return", target.trampoline],
  ["fmod_ret.s+", "tracing", "modify_return", target.trampoline],
  ["fsession+", "tracing", "trace_fsession", target.trampoline],
  ["fsession.s+", "tracing", "trace_fsession", target.trampoline],
  ["iter+", "tracing", "trace_iter", target.iter],
  ["iter.s+", "tracing", "trace_iter", target.iter],
  ["freplace+", "ext", null, target.freplace],
  ["lsm+", "lsm", "lsm_mac", target.lsm],
  ["lsm.s+", "lsm", "lsm_mac", target.lsm],
  ["lsm_cgroup+", "lsm", "lsm_cgroup", target.lsm],
  ["syscall", "syscall", null, null],
  ["struct_ops+", "struct_ops", null, structOps],
  ["struct_ops.s+", "struct_ops", null, structOps],

  ["socket", "socket_filter", null, socketFilter],
  ["sk_reuseport", "sk_reuseport", "sk_reuseport_select", null],
  ["sk_reuseport/migrate", "sk_reuseport", "sk_reuseport_select_or_migrate", null],
  ["sk_lookup", "sk_lookup", "sk_lookup", { kind: "sk_lookup" }],
  ["flow_dissector", "flow_dissector", "flow_dissector", { kind: "flow_dissector" }],
  ["tc", "sched_cls", null, tc],
  ["classifier", "sched_cls", null, tc],
  ["action", "sched_act", null, tc],
  ["tc/ingress", "sched_cls", "tcx_ingress", tcx],
  ["tc/egress", "sched_cls", "tcx_egress", tcx],
  ["tcx/ingress", "sched_cls", "tcx_ingress", tcx],
  ["tcx/egress", "sched_cls", "tcx_egress", tcx],
  ["netkit/primary", "sched_cls", "netkit_primary", netkit],
  ["netkit/peer", "sched_cls", "netkit_peer", netkit],
  ["xdp", "xdp", "xdp", xdp],
  ["xdp.frags", "xdp", "xdp", xdp],
  ["xdp/devmap", "xdp", "xdp_devmap", null],
  ["xdp.frags/devmap", "xdp", "xdp_devmap", null],
  ["xdp/cpumap", "xdp", "xdp_cpumap", null],
  ["xdp.frags/cpumap", "xdp", "xdp_cpumap", null],
  ["lwt_in", "lwt_in", null, null],
  ["lwt_out", "lwt_out", null, null],
  ["lwt_xmit", "lwt_xmit", null, null],
  ["lwt_seg6local", "lwt_seg6local", null, null],
  ["netfilter", "netfilter", "netfilter", { kind: "netfilter" }],
  ["lirc_mode2", "lirc_mode2", "lirc_mode2", { kind: "lirc" }],
  ["sk_skb", "sk_skb", null, sockmap],
  ["sk_skb/stream_parser", "sk_skb", "sk_skb_stream_parser", sockmap],
  ["sk_skb/stream_verdict", "sk_skb", "sk_skb_stream_verdict", sockmap],
  ["sk_skb/verdict", "sk_skb", "sk_skb_verdict", sockmap],
  ["sk_msg", "sk_msg", "sk_msg_verdict", sockmap],

  ["sockops", "sock_ops", "cgroup_sock_ops", cgroup],
  ["cgroup_skb/ingress", "cgroup_skb", "cgroup_inet_ingress", cgroup],
  ["cgroup_skb/egress", "cgroup_skb", "cgroup_inet_egress", cgroup],
  ["cgroup/skb", "cgroup_skb", null, cgroup],
  ["cgroup/sock", "cgroup_sock", "cgroup_inet_sock_create", cgroup],
  ["cgroup/sock_create", "cgroup_sock", "cgroup_inet_sock_create", cgroup],
  ["cgroup/sock_release", "cgroup_sock", "cgroup_inet_sock_release", cgroup],
  ["cgroup/post_bind4", "cgroup_sock", "cgroup_inet4_post_bind", cgroup],
  ["cgroup/post_bind6", "cgroup_sock", "cgroup_inet6_post_bind", cgroup],
  ["cgroup/bind4", "cgroup_sock_addr", "cgroup_inet4_bind", cgroup],
  ["cgroup/bind6", "cgroup_sock_addr", "cgroup_inet6_bind", cgroup],
  ["cgroup/connect4", "cgroup_sock_addr", "cgroup_inet4_connect", cgroup],
  ["cgroup/connect6", "cgroup_sock_addr", "cgroup_inet6_connect", cgroup],
  ["cgroup/connect_unix", "cgroup_sock_addr", "cgroup_unix_connect", cgroup],
  ["cgroup/sendmsg4", "cgroup_sock_addr", "cgroup_udp4_sendmsg", cgroup],
  ["cgroup/sendmsg6", "cgroup_sock_addr", "cgroup_udp6_sendmsg", cgroup],
  ["cgroup/sendmsg_unix", "cgroup_sock_addr", "cgroup_unix_sendmsg", cgroup],
  ["cgroup/recvmsg4", "cgroup_sock_addr", "cgroup_udp4_recvmsg", cgroup],
  ["cgroup/recvmsg6", "cgroup_sock_addr", "cgroup_udp6_recvmsg", cgroup],
  ["cgroup/recvmsg_unix", "cgroup_sock_addr", "cgroup_unix_recvmsg", cgroup],
  ["cgroup/getpeername4", "cgroup_sock_addr", "cgroup_inet4_getpeername", cgroup],
  ["cgroup/getpeername6", "cgroup_sock_addr", "cgroup_inet6_getpeername", cgroup],
  ["cgroup/getpeername_unix", "cgroup_sock_addr", "cgroup_unix_getpeername", cgroup],
  ["cgroup/getsockname4", "cgroup_sock_addr", "cgroup_inet4_getsockname", cgroup],
  ["cgroup/getsockname6", "cgroup_sock_addr", "cgroup_inet6_getsockname", cgroup],
  ["cgroup/getsockname_unix", "cgroup_sock_addr", "cgroup_unix_getsockname", cgroup],
  ["cgroup/sysctl", "cgroup_sysctl", "cgroup_sysctl", cgroup],
  ["cgroup/getsockopt", "cgroup_sockopt", "cgroup_getsockopt", cgroup],
  ["cgroup/setsockopt", "cgroup_sockopt", "cgroup_setsockopt", cgroup],
  ["cgroup/dev", "cgroup_device", "cgroup_device", cgroup],
];

const formsByName = new Map(sectionForms.map((form) => [form[0].replace(/\+$/, ""), form]));

/** A section whose name has no known form: it may hold a program, whose type is then given at run time. */
const unknownForm: Omit<SectionMeaning, "autoload"> = { type: "unspec", attachType: null, attach: null, frags: false, sleepable: false };

/** What `SEC("name")` says of a program. A name of no known form gives type `unspec`. */
export function parseSectionName(section: string): SectionMeaning {
  const autoload = !section.startsWith("?");
  const name = autoload ? section : section.slice(1);
  const slash = name.indexOf("/");
  const beforeSlash = slash < 0 ? name : name.slice(0, slash);
  const form = formsByName.get(name) ?? formWithTarget(beforeSlash);
  if (form === undefined) return { ...unknownForm, autoload };
  const [, type, attachType, attach] = form;
  return {
    type,
    attachType,
    attach: typeof attach === "function" ? attach(beforeSlash, slash < 0 ? null : name.slice(slash + 1)) : attach,
    autoload,
    frags: beforeSlash === "xdp.frags",
    sleepable: beforeSlash.endsWith(".s") || type === "syscall",
  };
}

function formWithTarget(name: string): Form | undefined {
  const form = formsByName.get(name);
  return form?.[0].endsWith("+") ? form : undefined;
}
