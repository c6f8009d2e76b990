import { type AttachKind, assertNever, type ProgramLayout } from "@lbc/core/layout";
import { chain, type Expression, generic, member, method, prefixed, triedMethod } from "./expressions.ts";
import { fieldLine, statement, stringLiteral } from "./rustfmt.ts";
import { block, onObject } from "./sections.ts";

export interface LinkView {
  /** In `struct Links`. */
  readonly field: string;
  /** In `attach`. */
  readonly attach: string;
}

/** One program in the skeleton. */
export interface ProgramView {
  /** Of `Progs`. */
  readonly method: string;
  /** Of `OpenProgs`. */
  readonly open: string;
  /** In `struct Links` and in `attach`; null where nothing is attached by itself. */
  readonly link: LinkView | null;
}

export function programView(program: ProgramLayout, name: string): ProgramView {
  const doc = `\`SEC("${program.section}")\`${program.doc === null ? "" : `\n${program.doc}`}`;
  const literal = stringLiteral(program.name);
  const kind = generic("rlbc::Program", "'obj", `rlbc::kind::${attachKind(program.attach)}`);
  return {
    method: block(doc, `pub fn ${name}`, "&self", kind, onObject(method("program", literal))),
    open: block(doc, `pub fn ${name}`, "&mut self", "rlbc::libbpf_rs::OpenProgramMut<'_>", onObject(method("program_mut", literal))),
    link:
      program.autoattach && program.attach !== null
        ? {
            field: linkField(name),
            attach: statement("        ", chain("new", triedMethod("program", heldLink(name), chain("progs", method(name))))),
          }
        : null,
  };
}

const linkField = (name: string): string => fieldLine("    ", `pub ${name}`, generic("Option", "rlbc::Link"));
const heldLink = (name: string): Expression => prefixed("&mut ", chain("self", member("links"), member(name)));

/** A struct_ops map in `struct Links`. */
export function structOpsLink(map: string, name: string): LinkView {
  return {
    field: linkField(name),
    attach: statement(
      "        ",
      chain("new", triedMethod("struct_ops", heldLink(name), prefixed("&mut ", chain("self", member("object"))), stringLiteral(map))),
    ),
  };
}

/** The type in `rlbc::kind` that has a program's ways of attaching. */
function attachKind(attach: AttachKind | null): string {
  switch (attach?.kind) {
    case "kprobe":
      return attach.return ? "Kretprobe" : "Kprobe";
    case "ksyscall":
      return attach.return ? "Kretsyscall" : "Ksyscall";
    case "uprobe":
      return attach.return ? "Uretprobe" : "Uprobe";
    case "usdt":
      return "Usdt";
    case "tracepoint":
      return "Tracepoint";
    case "raw_tracepoint":
      return "RawTracepoint";
    case "tp_btf":
    case "trampoline":
    case "lsm":
    case "iter":
      return "Tracing";
    case "perf_event":
      return "PerfEvent";
    case "socket_filter":
      return "SocketFilter";
    case "xdp":
      return "Xdp";
    case "tcx":
      return "Tcx";
    case "netkit":
      return "Netkit";
    case "freplace":
      return "Freplace";
    case "cgroup":
    case "lsm_cgroup":
      return "Cgroup";
    case "kprobe_multi":
    case "uprobe_multi":
    case "tc":
    case "sk_lookup":
    case "flow_dissector":
    case "netns":
    case "sockmap":
    case "netfilter":
    case "struct_ops":
    case "lirc":
    case undefined:
      return "Other";
    default:
      return assertNever(attach);
  }
}
