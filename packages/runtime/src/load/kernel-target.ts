import type { Program } from "@lbc/core/object";
import { RuntimeError } from "../errors.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { findInKernel, type InKernel } from "./externs.ts";

/** How the kernel's BTF names what a program of each kind attaches to. @see kernel/bpf/verifier.c, bpf_check_attach_target() */
const prefixes = { tp_btf: "btf_trace_", trampoline: "", lsm: "bpf_lsm_", lsm_cgroup: "bpf_lsm_", iter: "bpf_iter_" } as const;

/**
 * The function or tracepoint that a program is bound to when it is loaded; null for programs that are bound when they are attached.
 * `name` takes the place of what the section says. Throws `attach-target-missing` and `no-such-target`.
 */
export function kernelTarget(program: Program, name: string | null, kernel: Kernel): InKernel | null {
  const { attach } = program;
  if (attach === null) return null;
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
    case "freplace":
    case "struct_ops":
      throw new RuntimeError("unsupported", {
        type: program.name,
        message: `programs of the kind ${attach.kind} are not supported yet`,
        hint: "switch its autoload off, or use another runtime for this object",
      });
    default:
      return null;
  }
}

function find(program: Program, name: string | null, prefix: string, kernel: Kernel): InKernel {
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
