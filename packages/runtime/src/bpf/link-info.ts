import type { Sys } from "../sys/sys.ts";
import { Attr } from "./attr.ts";
import { objectInfo } from "./commands.ts";

/** `enum bpf_link_type`, by bpftool's names. @see include/uapi/linux/bpf.h */
const linkTypes = [
  "unspec",
  "raw_tracepoint",
  "tracing",
  "cgroup",
  "iter",
  "netns",
  "xdp",
  "perf_event",
  "kprobe_multi",
  "struct_ops",
  "netfilter",
  "tcx",
  "uprobe_multi",
  "netkit",
  "sockmap",
] as const;

export interface LinkInfo {
  /** As `bpftool link` lists it. */
  readonly id: number;
  readonly type: (typeof linkTypes)[number] | `unknown_${number}`;
  /** As `bpftool prog` lists it. */
  readonly programId: number;
}

/** `struct bpf_link_info`, or the negative errno. */
export function linkInfo(sys: Sys, fd: number): LinkInfo | number {
  const info = new Attr(sys, 32);
  const result = objectInfo(sys, fd, info.bytes);
  if (result < 0) return result;
  const type = info.getU32(0);
  return { id: info.getU32(4), type: linkTypes[type] ?? `unknown_${type}`, programId: info.getU32(8) };
}
