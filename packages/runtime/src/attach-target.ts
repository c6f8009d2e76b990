/**
 * What a program attaches to, when the section in the source left it open or the caller wants another target; what is left out here is
 * taken from the section. A `cookie` is what bpf_get_attach_cookie() gives the program, 0 by default.
 */
export interface AttachTargets {
  kprobe: { readonly function?: string; readonly offset?: number } & WithCookie;
  kprobe_multi: { readonly functions?: readonly string[] /** One for each function. */; readonly cookies?: readonly bigint[] };
  ksyscall: { readonly syscall?: string } & WithCookie;
  /** `pid`: only in this process, all of them by default. Either a symbol (and an offset in it) or an offset in the file. */
  uprobe: {
    readonly path?: string;
    readonly function?: string;
    readonly offset?: number;
    readonly pid?: number;
    /** Where the file has a counter of 16 bits that is above 0 while the probe is there, in bytes from the file's start; less than 2³². */
    readonly refCtrOffset?: number;
  } & WithCookie;
  uprobe_multi: {
    readonly path?: string;
    readonly functions?: readonly string[];
    readonly pid?: number;
    /** One for each function. */
    readonly cookies?: readonly bigint[];
    /** One for each function, as `refCtrOffset` of `uprobe`. */
    readonly refCtrOffsets?: readonly bigint[];
  };
  /** A cookie is what bpf_usdt_cookie() gives. */
  usdt: { readonly path?: string; readonly provider?: string; readonly name?: string; readonly pid?: number } & WithCookie;
  tracepoint: { readonly category?: string; readonly name?: string } & WithCookie;
  raw_tracepoint: { readonly name?: string } & WithCookie;
  /** The target is fixed when the program is loaded. */
  tp_btf: WithCookie;
  trampoline: WithCookie;
  lsm: WithCookie;
  lsm_cgroup: { readonly cgroup: string } & Place;
  /** What the iterator walks over, where it can be less than everything: the entries of a map, a tree of cgroups, one task. */
  iter:
    | { readonly map: WithFd }
    | { readonly cgroup: string; readonly order?: CgroupOrder }
    | { readonly pid: number }
    | { readonly tid: number };
  /** Another function than that of load, of the same signature. */
  freplace: { readonly program: WithFd; readonly function: string };
  /** An open perf event's descriptor, or what to open: software CPU clock by default, on every CPU. */
  perf_event: ({ readonly fd: number } | PerfEventTarget) & WithCookie;
  /** A socket's descriptor. */
  socket_filter: { readonly socket: number };
  xdp: { readonly interface: string | number; readonly mode?: "skb" | "driver" | "hardware" };
  /** By netlink, on every kernel. The filter stays when the process dies without closing it; tcx links do not. */
  tc: {
    readonly interface: string | number;
    /** "ingress" by default. */
    readonly direction?: "ingress" | "egress";
    /** Filters of lower numbers run first; the kernel chooses by default. */
    readonly priority?: number;
  };
  tcx: { readonly interface: string | number } & Place;
  netkit: { readonly interface: string | number } & Place;
  /** Path of the cgroup's folder. */
  cgroup: { readonly path: string } & Place;
  sk_lookup: { readonly netns: string };
  flow_dissector: { readonly netns: string };
  netns: { readonly netns: string };
  sockmap: { readonly map: number };
  netfilter: {
    readonly family: "ipv4" | "ipv6";
    readonly hook: number;
    readonly priority: number;
    /** Whether packets are put together from their fragments first (BPF_F_NETFILTER_IP_DEFRAG, Linux 6.6); `priority` is above -400 then. */
    readonly defragment?: boolean;
  };
  struct_ops: undefined;
  lirc: { readonly path: string };
}

export interface WithCookie {
  readonly cookie?: bigint;
}

/**
 * Where a program stands among those of the same hook, which run one after the other: last by default. For tcx (Linux 6.6), netkit (6.7)
 * and cgroups (6.17). @see include/uapi/linux/bpf.h, BPF_F_BEFORE
 */
export interface Place {
  /** Either before one or all of the others, or after. */
  readonly before?: Neighbour;
  readonly after?: Neighbour;
  /** The hook's revision for which the place was chosen; with another one, the kernel answers ESTALE. */
  readonly expectedRevision?: bigint;
  /** Of cgroups: whether it runs before the programs of the cgroups below. */
  readonly preorder?: boolean;
}

/** At the same hook: all programs, or one, by what holds it or by the number that `bpftool` lists. */
export type Neighbour =
  | "all"
  | { readonly link: { readonly fd: number | null } }
  | { readonly program: WithFd }
  | { readonly linkId: number }
  | { readonly programId: number };

export interface WithFd {
  readonly fd: number;
}

/** Whether the walk goes down, before or after the children, up, or nowhere. */
export type CgroupOrder = "self" | "descendants-pre" | "descendants-post" | "ancestors-up";

export interface PerfEventTarget {
  /** `perf_event_attr.type`: 0 hardware, 1 software (default). */
  readonly type?: number;
  /** `perf_event_attr.config`: 0 is the CPU clock of the software events (default). */
  readonly config?: number | bigint;
  /** Samples per second; or `period` events per sample. */
  readonly frequency?: number;
  readonly period?: number;
  /** All processes by default. */
  readonly pid?: number;
  /** Every online CPU by default. */
  readonly cpu?: number;
}
