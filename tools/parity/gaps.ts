import type { Language } from "./collect.ts";

/** A cell that cannot be, with the place in the kernel's or the base library's source or documents that says so. */
export interface Gap {
  readonly feature: string;
  readonly language: Language;
  readonly reason: string;
  readonly source: string;
}

export const gaps: readonly Gap[] = [
  {
    feature: "errors.closed",
    language: "rust",
    reason: "does not compile: closing is dropping, and what needs the object borrows it",
    source: "https://doc.rust-lang.org/reference/destructors.html",
  },
  {
    feature: "errors.closed",
    language: "c",
    reason: "destroying frees the skeleton itself, so that there is nothing left to ask",
    source: "https://libbpf.readthedocs.io/en/latest/api.html (bpf_object__destroy_skeleton)",
  },
  {
    feature: "maps.arena",
    language: "go",
    reason:
      "cilium/ebpf refuses objects with variables in an arena: it knows no section for them, and maps memory at no address of its choice",
    source: "cilium/ebpf v0.22.0, elf_reader.go (isDataSection, relocateInstruction) and memory.go (newMemory)",
  },
  {
    feature: "links.usdt",
    language: "go",
    reason: "cilium/ebpf does not attach to USDT probes; what loads of them is a kprobe without arguments",
    source: "cilium/ebpf v0.22.0, elf_sections.go (usdt+) and the folder link, which has no function for them",
  },
  {
    feature: "links.tc",
    language: "go",
    reason: "filters of tc are set up by netlink, which cilium/ebpf leaves to others; tcx, which takes their place since Linux 6.6, works",
    source: "cilium/ebpf v0.22.0, the folder link (tcx.go is all there is for tc)",
  },
  {
    feature: "links.lsm-cgroup",
    language: "go",
    reason: "cilium/ebpf loads such programs without the hook that they are for, and the kernel refuses them",
    source: "cilium/ebpf v0.22.0, prog.go (findProgramTargetInKernel has LSM programs with AttachLSMMac only)",
  },
  {
    feature: "helpers.messages",
    language: "go",
    reason: "there is no libbpf in it: cilium/ebpf says in errors what there is to say, and prints nothing",
    source: "cilium/ebpf v0.22.0, prog.go (VerifierError)",
  },
  {
    feature: "helpers.messages",
    language: "typescript",
    reason: "there is no libbpf in it: all that there is to say is in errors",
    source: "packages/runtime/src/errors.ts",
  },
];
