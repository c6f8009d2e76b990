/** What a runtime may do: what libbpf or the language's base library can. */
export interface Feature {
  /** As tests name it: `links.kprobe`. */
  readonly id: string;
  readonly label: string;
}

export interface Group {
  readonly title: string;
  readonly features: readonly Feature[];
}

function group(title: string, prefix: string, features: Readonly<Record<string, string>>): Group {
  return { title, features: Object.entries(features).map(([id, label]) => ({ id: `${prefix}.${id}`, label })) };
}

/** The rows of docs/runtimes.md, in order. A new row is added here, and its tests name it. */
export const groups: readonly Group[] = [
  group("Maps", "maps", {
    hash: "hash, LRU hash",
    array: "array",
    "per-cpu": "per-CPU maps, a value for each CPU",
    lpm: "LPM trie",
    queue: "queue, stack",
    bloom: "bloom filter",
    "stack-traces": "stack traces",
    "task-storage": "task storage",
    "socket-storage": "socket storage",
    "cgroup-storage": "cgroup storage",
    "map-in-map": "maps in maps",
    "program-array": "arrays of programs",
    devices: "devmap, cpumap",
    sockets: "sockmap, xskmap, arrays of cgroups",
    "user-ring": "user ring buffer",
    arena: "arena, with pointers",
    "update-modes": "update with create or replace only",
    take: "look up and delete in one step",
    iterate: "iterate while entries are removed",
    batch: "batch read, write, delete and take",
    "max-entries": "max_entries before load",
    pin: "pin, and use again what is pinned",
    "open-pinned": "open a pinned map from a process of its own",
    reuse: "an existing map in place of a declared one",
    freeze: "freeze",
    mapped: "memory-mapped arrays",
  }),
  group("Programs", "programs", {
    autoload: "autoload off and on",
    autoattach: "autoattach off",
    variants: "the first of several variants that loads",
    "load-target": "attach target set before load",
    "test-run": "test_run with data and repeat",
    "tail-call": "tail calls",
    freplace: "replace a function of another program (freplace)",
    "struct-ops": "struct_ops",
    "sched-ext": "sched_ext",
    sleepable: "sleepable forms",
  }),
  group("Links", "links", {
    kprobe: "kprobe, kretprobe",
    "kprobe-multi": "kprobe.multi",
    ksyscall: "ksyscall",
    uprobe: "uprobe, uretprobe",
    "uprobe-multi": "uprobe.multi",
    usdt: "USDT, with arguments",
    tracepoint: "tracepoint",
    "raw-tracepoint": "raw tracepoint",
    "tp-btf": "tp_btf",
    fentry: "fentry, fexit",
    "fmod-ret": "fmod_ret",
    "module-function": "functions of kernel modules",
    "perf-event": "perf event",
    "socket-filter": "socket filter",
    cgroup: "cgroup",
    xdp: "XDP, in the mode that is asked for",
    tc: "tc",
    tcx: "tcx",
    netkit: "netkit",
    netfilter: "netfilter",
    sockmap: "sk_msg, sk_skb on a sockmap",
    "sk-lookup": "sk_lookup",
    "flow-dissector": "flow dissector",
    lsm: "lsm",
    "lsm-cgroup": "lsm_cgroup",
    iterator: "iterators",
    "iterator-parameters": "iterators over one map, cgroup or task",
    cookie: "cookies",
    pin: "pin, and open what is pinned",
    update: "another program in place",
    info: "info",
    detach: "detach although pinned",
    again: "attach() again attaches what is detached",
    rollback: "a failed attach() takes back its own links only",
  }),
  group("Data", "data", {
    constants: "constants before load",
    live: "variables, live in both directions",
    sections: "sections .data.*",
    kconfig: "kconfig externs, strong and weak",
    ksym: "ksym externs, strong and weak",
    kfunc: "kernel functions, strong and weak",
  }),
  group("Events", "events", {
    ring: "ring buffer",
    perf: "perf buffers",
    fallback: "LBC_EMIT's perf buffers where the kernel has no ring buffer",
    several: "several streams at once",
    lost: "produced = consumed + lost",
    bounded: "bounded memory under overload",
    stop: "a wait ends on close or a signal",
    "one-reader": "a second reader is refused or safe",
  }),
  group("Helpers of tools", "helpers", {
    "kernel-symbols": "names for the kernel's stacks",
    "process-symbols": "names for the stacks of processes",
    histogram: "histograms as text",
    text: "C strings",
    addresses: "IP addresses",
    clocks: "boot time as wall-clock time",
    target: "a target that is chosen at run time",
    printk: "what bpf_printk() prints",
    messages: "libbpf's messages to a callback",
    lost: "a callback for lost events",
  }),
  group("CO-RE and types", "core", {
    kinds: "all kinds of relocations",
    "btf-file": "types from a file: option, $LBC_BTF",
    "min-btf": "minimal types (min_core_btf)",
    module: "types of kernel modules",
  }),
  group("Errors and life cycle", "errors", {
    verifier: "the verifier's log at lines of C",
    unresolved: "what this kernel lacks is named",
    since: "the kernel version that has what is missing",
    closed: "use after close is an error",
    rounds: "nothing left after many rounds",
    failures: "nothing left after a failure at any step",
  }),
];
