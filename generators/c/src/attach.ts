import type { ProgramLayout } from "@lbc/core/layout";

/** How a program is attached where the target is chosen at run time. */
export interface AttachTo {
  /** What the comment says. */
  readonly doc: string;
  readonly parameters: string;
  /** An expression that gives a link, or a result where the hook has none; `PROG` stands for the program. */
  readonly call: string;
  readonly ownsLink: boolean;
  /** `CLBC_LIBBPF(1, 3)`, where libbpf has it from a later version than 1.1 on. */
  readonly gate: string | null;
}

const plain = { ownsLink: true, gate: null };

/**
 * The run-time form of each kind of hook, or null where there is none.
 * @see https://docs.kernel.org/bpf/libbpf/program_types.html and bpf/libbpf.h
 */
export function attachTo(program: ProgramLayout): AttachTo | null {
  const { attach } = program;
  switch (attach?.kind) {
    case "kprobe":
      return {
        ...plain,
        doc: "to a function of the kernel",
        parameters: "const char *function",
        call: `bpf_program__attach_kprobe(PROG, ${attach.return}, function)`,
      };
    case "kprobe_multi":
      return {
        ...plain,
        doc: "to all functions of the kernel whose names match a pattern (`tcp_*`)",
        parameters: "const char *pattern",
        call: `clbc_program__attach_kprobe_multi(PROG, ${attach.return}, pattern)`,
      };
    case "ksyscall":
      return {
        ...plain,
        doc: "to a system call, by its name without prefix (`openat`)",
        parameters: "const char *syscall",
        call: `clbc_program__attach_ksyscall(PROG, ${attach.return}, syscall)`,
      };
    case "tracepoint":
      return {
        ...plain,
        doc: "to a tracepoint (`sched`, `sched_switch`)",
        parameters: "const char *category, const char *tracepoint",
        call: "bpf_program__attach_tracepoint(PROG, category, tracepoint)",
      };
    case "raw_tracepoint":
      return {
        ...plain,
        doc: "to a tracepoint (`sched_switch`)",
        parameters: "const char *tracepoint",
        call: "bpf_program__attach_raw_tracepoint(PROG, tracepoint)",
      };
    case "freplace":
      return {
        ...plain,
        doc: "in place of a function of a loaded program",
        parameters: "int target_fd, const char *function",
        call: "bpf_program__attach_freplace(PROG, target_fd, function)",
      };
    default:
      return attachToFile(program) ?? attachToDescriptor(program);
  }
}

/** The hooks in programs and libraries. */
function attachToFile({ attach }: ProgramLayout): AttachTo | null {
  switch (attach?.kind) {
    case "uprobe":
      return {
        ...plain,
        doc: "to a function of a program or library, or with function NULL to an offset in the file; pid -1 is every process",
        parameters: "pid_t pid, const char *path, const char *function, size_t offset",
        call: `clbc_program__attach_uprobe(PROG, ${attach.return}, pid, path, function, offset)`,
      };
    case "uprobe_multi":
      return {
        ...plain,
        doc: "to all functions of a program or library whose names match a pattern; pid -1 is every process",
        parameters: "pid_t pid, const char *path, const char *pattern",
        gate: "CLBC_LIBBPF(1, 3)",
        call: `clbc_program__attach_uprobe_multi(PROG, ${attach.return}, pid, path, pattern)`,
      };
    case "usdt":
      return {
        ...plain,
        doc: "to a USDT probe of a program or library; pid -1 is every process",
        parameters: "pid_t pid, const char *path, const char *provider, const char *probe",
        call: "bpf_program__attach_usdt(PROG, pid, path, provider, probe, NULL)",
      };
    default:
      return null;
  }
}

/** The hooks whose target is a descriptor or an interface. */
function attachToDescriptor({ attach }: ProgramLayout): AttachTo | null {
  switch (attach?.kind) {
    case "perf_event":
      return {
        ...plain,
        doc: "to a perf event, which the link owns from then on",
        parameters: "int perf_fd",
        call: "bpf_program__attach_perf_event(PROG, perf_fd)",
      };
    case "xdp":
      return {
        ...plain,
        doc: "to a network interface",
        parameters: "int ifindex",
        call: "bpf_program__attach_xdp(PROG, ifindex)",
      };
    case "tcx":
    case "netkit":
      return {
        ...plain,
        doc: "to a network interface",
        parameters: "int ifindex",
        gate: "CLBC_LIBBPF(1, 3)",
        call: `bpf_program__attach_${attach.kind}(PROG, ifindex, NULL)`,
      };
    case "cgroup":
    case "lsm_cgroup":
      return {
        ...plain,
        doc: "to a cgroup",
        parameters: "int cgroup_fd",
        call: "bpf_program__attach_cgroup(PROG, cgroup_fd)",
      };
    case "sk_lookup":
    case "flow_dissector":
    case "netns":
      return {
        ...plain,
        doc: "to a network namespace",
        parameters: "int netns_fd",
        call: "bpf_program__attach_netns(PROG, netns_fd)",
      };
    case "iter":
      return {
        ...plain,
        doc: "as an iterator with parameters; bpf_iter_create() on the link's descriptor then gives a file to read",
        parameters: "const struct bpf_iter_attach_opts *opts",
        call: "bpf_program__attach_iter(PROG, opts)",
      };
    case "netfilter":
      return {
        ...plain,
        doc: "to a netfilter hook",
        parameters: "const struct bpf_netfilter_opts *opts",
        gate: "CLBC_LIBBPF(1, 4)",
        call: "bpf_program__attach_netfilter(PROG, opts)",
      };
    case "socket_filter":
      return {
        ...plain,
        ownsLink: false,
        doc: "to a socket, which owns the attachment (there is no link)",
        parameters: "int socket_fd",
        call: "clbc_program__attach_socket(PROG, socket_fd)",
      };
    case "tc":
      return {
        ...plain,
        ownsLink: false,
        doc: "to a traffic control hook (there is no link: bpf_tc_detach() ends it)",
        parameters: "const struct bpf_tc_hook *hook, struct bpf_tc_opts *opts",
        call: "clbc_program__attach_tc(PROG, hook, opts)",
      };
    case "sockmap":
    case "lirc":
      return {
        ...plain,
        ownsLink: false,
        doc: `to ${attach.kind === "lirc" ? "an infrared device" : "a sock map"} (there is no link: clbc_program__detach_fd() ends it)`,
        parameters: "int target_fd",
        call: "clbc_program__attach_fd(PROG, target_fd)",
      };
    default:
      return null;
  }
}

/** What a tracing program's target is called, where it can be set before load only; null for all else. */
export function targetKind(program: ProgramLayout): string | null {
  switch (program.attach?.kind) {
    case "tp_btf":
      return "tracepoint";
    case "trampoline":
      return "kernel function";
    case "lsm":
    case "lsm_cgroup":
      return "LSM hook";
    default:
      return null;
  }
}
