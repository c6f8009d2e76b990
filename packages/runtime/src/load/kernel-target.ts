import type { BtfId } from "@lbc/core/btf";
import type { BpfObject, Program } from "@lbc/core/object";
import { RuntimeError } from "../errors.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { functionInProgram } from "../kernel/program-btf.ts";
import { findInKernel } from "./externs.ts";
import { structOpsTarget } from "./struct-ops.ts";

/** What an open program's user set, null where nothing. */
export interface ProgramTarget {
  readonly target: string | null;
  readonly targetProgram: { readonly fd: number } | null;
}

/** A type, and the descriptor of the module's BTF or of the program that it is in; 0 for the kernel's own. */
export interface AttachTo {
  readonly id: BtfId;
  readonly fd: number;
  /** Of operations: which member of the struct the program is. */
  readonly member?: number;
}

/** How the kernel's BTF names what a program of each kind attaches to. @see kernel/bpf/verifier.c, bpf_check_attach_target() */
const prefixes = { tp_btf: "btf_trace_", trampoline: "", lsm: "bpf_lsm_", lsm_cgroup: "bpf_lsm_", iter: "bpf_iter_" } as const;

/**
 * The function or tracepoint that a program is bound to when it is loaded; null for programs that are bound when they are attached.
 * `name` takes the place of what the section says. Throws `attach-target-missing` and `no-such-target`.
 */
export function kernelTarget(
  program: Program,
  object: BpfObject,
  { target: name, targetProgram }: ProgramTarget,
  kernel: Kernel,
): AttachTo | null {
  const { attach } = program;
  if (attach === null) return null;
  if (attach.kind === "freplace" || (attach.kind === "trampoline" && targetProgram !== null)) {
    return inProgram(program, name ?? attach.function, targetProgram, kernel);
  }
  switch (attach.kind) {
    case "tp_btf":
      return find(program, name ?? attach.name, prefixes[attach.kind], kernel);
    case "trampoline":
      return find(program, name ?? attach.function, prefixes[attach.kind], kernel);
    case "lsm":
    case "lsm_cgroup":
      return find(program, name ?? attach.hook, prefixes[attach.kind], kernel);
    case "iter":
      return find(program, name ?? attach.target, prefixes[attach.kind], kernel);
    case "struct_ops":
      return structOpsTarget(program.name, object, kernel);
    default:
      return null;
  }
}

/** A function of another BPF program: the one that is replaced (freplace) or watched (fentry and fexit). */
function inProgram(program: Program, name: string | null, target: { readonly fd: number } | null, { sys }: Kernel): AttachTo {
  if (name !== null && target !== null) return { id: functionInProgram(sys, target.fd, name), fd: target.fd };
  throw new RuntimeError("attach-target-missing", {
    type: program.name,
    message: `${program.name} attaches to a function of another program, and ${target === null ? "the program" : "the function"} is not known`,
    hint: "set its targetProgram (and target, where the section names no function) before load",
  });
}

function find(program: Program, name: string | null, prefix: string, kernel: Kernel): AttachTo {
  if (name === null) {
    throw new RuntimeError("attach-target-missing", {
      type: program.name,
      message: `SEC("${program.section}") does not say what ${program.name} attaches to`,
      hint: "set the program's target before load",
    });
  }
  const found = findInKernel(kernel, `${prefix}${name}`, prefix === "btf_trace_" ? "typedef" : "function");
  if (found !== null) return found;
  throw new RuntimeError("no-such-target", {
    type: program.name,
    message: `this kernel has no ${prefix === "btf_trace_" ? "tracepoint" : "function"} ${name} to attach to`,
    hint: `look for it with: bpftool btf dump file /sys/kernel/btf/vmlinux | grep -w ${prefix}${name}`,
  });
}
