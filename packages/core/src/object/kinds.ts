/** `enum bpf_map_type`, by bpftool's names. @see include/uapi/linux/bpf.h */
export const mapTypes = [
  "unspec",
  "hash",
  "array",
  "prog_array",
  "perf_event_array",
  "percpu_hash",
  "percpu_array",
  "stack_trace",
  "cgroup_array",
  "lru_hash",
  "lru_percpu_hash",
  "lpm_trie",
  "array_of_maps",
  "hash_of_maps",
  "devmap",
  "sockmap",
  "cpumap",
  "xskmap",
  "sockhash",
  "cgroup_storage",
  "reuseport_sockarray",
  "percpu_cgroup_storage",
  "queue",
  "stack",
  "sk_storage",
  "devmap_hash",
  "struct_ops",
  "ringbuf",
  "inode_storage",
  "task_storage",
  "bloom_filter",
  "user_ringbuf",
  "cgrp_storage",
  "arena",
  "insn_array",
] as const;
export type MapType = (typeof mapTypes)[number] | `unknown_${number}`;

/** `enum bpf_prog_type`, by bpftool's names. @see include/uapi/linux/bpf.h */
export const programTypes = [
  "unspec",
  "socket_filter",
  "kprobe",
  "sched_cls",
  "sched_act",
  "tracepoint",
  "xdp",
  "perf_event",
  "cgroup_skb",
  "cgroup_sock",
  "lwt_in",
  "lwt_out",
  "lwt_xmit",
  "sock_ops",
  "sk_skb",
  "cgroup_device",
  "sk_msg",
  "raw_tracepoint",
  "cgroup_sock_addr",
  "lwt_seg6local",
  "lirc_mode2",
  "sk_reuseport",
  "flow_dissector",
  "cgroup_sysctl",
  "raw_tracepoint_writable",
  "cgroup_sockopt",
  "tracing",
  "struct_ops",
  "ext",
  "lsm",
  "sk_lookup",
  "syscall",
  "netfilter",
] as const;
export type ProgramType = (typeof programTypes)[number];

/** `enum bpf_attach_type`, by libbpf's names. @see include/uapi/linux/bpf.h */
export const attachTypes = [
  "cgroup_inet_ingress",
  "cgroup_inet_egress",
  "cgroup_inet_sock_create",
  "cgroup_sock_ops",
  "sk_skb_stream_parser",
  "sk_skb_stream_verdict",
  "cgroup_device",
  "sk_msg_verdict",
  "cgroup_inet4_bind",
  "cgroup_inet6_bind",
  "cgroup_inet4_connect",
  "cgroup_inet6_connect",
  "cgroup_inet4_post_bind",
  "cgroup_inet6_post_bind",
  "cgroup_udp4_sendmsg",
  "cgroup_udp6_sendmsg",
  "lirc_mode2",
  "flow_dissector",
  "cgroup_sysctl",
  "cgroup_udp4_recvmsg",
  "cgroup_udp6_recvmsg",
  "cgroup_getsockopt",
  "cgroup_setsockopt",
  "trace_raw_tp",
  "trace_fentry",
  "trace_fexit",
  "modify_return",
  "lsm_mac",
  "trace_iter",
  "cgroup_inet4_getpeername",
  "cgroup_inet6_getpeername",
  "cgroup_inet4_getsockname",
  "cgroup_inet6_getsockname",
  "xdp_devmap",
  "cgroup_inet_sock_release",
  "xdp_cpumap",
  "sk_lookup",
  "xdp",
  "sk_skb_verdict",
  "sk_reuseport_select",
  "sk_reuseport_select_or_migrate",
  "perf_event",
  "trace_kprobe_multi",
  "lsm_cgroup",
  "struct_ops",
  "netfilter",
  "tcx_ingress",
  "tcx_egress",
  "trace_uprobe_multi",
  "cgroup_unix_connect",
  "cgroup_unix_sendmsg",
  "cgroup_unix_recvmsg",
  "cgroup_unix_getpeername",
  "cgroup_unix_getsockname",
  "netkit_primary",
  "netkit_peer",
  "trace_kprobe_session",
  "trace_uprobe_session",
  "trace_fsession",
] as const;
export type AttachType = (typeof attachTypes)[number];

/**
 * How a program attaches, with the target that its section names; null members were left open by the section
 * (`SEC("kprobe")`) and are given at run time. @see https://docs.kernel.org/bpf/libbpf/program_types.html
 */
export type AttachKind =
  | { readonly kind: "kprobe"; readonly function: string | null; readonly offset: number; readonly return: boolean }
  | { readonly kind: "kprobe_multi"; readonly pattern: string | null; readonly return: boolean; readonly session: boolean }
  | { readonly kind: "ksyscall"; readonly syscall: string | null; readonly return: boolean }
  | {
      readonly kind: "uprobe";
      readonly path: string | null;
      readonly function: string | null;
      readonly offset: number;
      readonly return: boolean;
    }
  | {
      readonly kind: "uprobe_multi";
      readonly path: string | null;
      readonly pattern: string | null;
      readonly return: boolean;
      readonly session: boolean;
    }
  | { readonly kind: "usdt"; readonly path: string | null; readonly provider: string | null; readonly name: string | null }
  | { readonly kind: "tracepoint"; readonly category: string | null; readonly name: string | null }
  | { readonly kind: "raw_tracepoint"; readonly name: string | null; readonly writable: boolean }
  /** `tp_btf`: the tracepoint's name; fentry, fexit, fmod_ret, fsession: the function's. */
  | { readonly kind: "tp_btf"; readonly name: string | null }
  | { readonly kind: "trampoline"; readonly when: "entry" | "exit" | "modify_return" | "session"; readonly function: string | null }
  | { readonly kind: "lsm"; readonly hook: string | null }
  | { readonly kind: "lsm_cgroup"; readonly hook: string | null }
  | { readonly kind: "iter"; readonly target: string | null }
  | { readonly kind: "freplace"; readonly function: string | null }
  | { readonly kind: "perf_event" }
  | { readonly kind: "socket_filter" }
  | { readonly kind: "xdp" }
  | { readonly kind: "tc" }
  | { readonly kind: "tcx" | "netkit" }
  | { readonly kind: "cgroup" }
  | { readonly kind: "sk_lookup" | "flow_dissector" | "netns" }
  | { readonly kind: "sockmap" }
  | { readonly kind: "netfilter" }
  | { readonly kind: "struct_ops" }
  | { readonly kind: "lirc" };
