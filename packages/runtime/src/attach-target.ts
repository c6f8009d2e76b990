/** What a program attaches to, when the section in the source left it open or the caller wants another target. */
export interface AttachTargets {
  kprobe: { readonly function: string; readonly offset?: number };
  kprobe_multi: { readonly functions: readonly string[] };
  ksyscall: { readonly syscall: string };
  /** `pid`: only in this process, all of them by default. Either a symbol (and an offset in it) or an offset in the file. */
  uprobe: { readonly path: string; readonly function?: string; readonly offset?: number; readonly pid?: number };
  uprobe_multi: { readonly path: string; readonly functions: readonly string[]; readonly pid?: number };
  usdt: { readonly path: string; readonly provider: string; readonly name: string; readonly pid?: number };
  tracepoint: { readonly category: string; readonly name: string };
  raw_tracepoint: { readonly name: string };
  /** The target is fixed when the program is loaded. */
  tp_btf: undefined;
  trampoline: undefined;
  lsm: undefined;
  lsm_cgroup: { readonly cgroup: string };
  iter: undefined;
  freplace: { readonly program: number; readonly function: string };
  /** An open perf event's descriptor, or what to open: software CPU clock by default, on every CPU. */
  perf_event: { readonly fd: number } | PerfEventTarget;
  /** A socket's descriptor. */
  socket_filter: { readonly socket: number };
  xdp: { readonly interface: string | number; readonly mode?: "skb" | "driver" | "hardware" };
  tc: { readonly interface: string | number };
  tcx: { readonly interface: string | number };
  netkit: { readonly interface: string | number };
  /** Path of the cgroup's folder. */
  cgroup: { readonly path: string };
  sk_lookup: { readonly netns: string };
  flow_dissector: { readonly netns: string };
  netns: { readonly netns: string };
  sockmap: { readonly map: number };
  netfilter: { readonly family: "ipv4" | "ipv6"; readonly hook: number; readonly priority: number };
  struct_ops: undefined;
  lirc: { readonly path: string };
}

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
