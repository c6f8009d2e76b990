import type { AttachType, MapType, Program, ProgramType } from "@lbc/core/object";
import { RuntimeError } from "../errors.ts";
import { errno, errnoName } from "../sys/errno.ts";
import type { Sys } from "../sys/sys.ts";
import { releaseVersion } from "./version.ts";

/** The first version of Linux with each kind of map, program and hook; what is not here is older than 5.2. @see https://docs.ebpf.io/linux/timeline */
const mapsSince: Readonly<Partial<Record<MapType, string>>> = {
  sk_storage: "5.2",
  devmap_hash: "5.4",
  struct_ops: "5.6",
  ringbuf: "5.8",
  inode_storage: "5.10",
  task_storage: "5.11",
  bloom_filter: "5.16",
  user_ringbuf: "6.1",
  cgrp_storage: "6.2",
  arena: "6.9",
};
const programsSince: Readonly<Partial<Record<ProgramType, string>>> = {
  cgroup_sysctl: "5.2",
  raw_tracepoint_writable: "5.2",
  cgroup_sockopt: "5.3",
  tracing: "5.5",
  struct_ops: "5.6",
  ext: "5.6",
  lsm: "5.7",
  sk_lookup: "5.9",
  syscall: "5.14",
  netfilter: "6.4",
};
const hooksSince: Readonly<Partial<Record<AttachType, string>>> = {
  modify_return: "5.7",
  trace_iter: "5.8",
  trace_kprobe_multi: "5.18",
  lsm_cgroup: "6.0",
  tcx_ingress: "6.6",
  tcx_egress: "6.6",
  trace_uprobe_multi: "6.6",
  netkit_primary: "6.7",
  netkit_peer: "6.7",
  trace_kprobe_session: "6.10",
  trace_uprobe_session: "6.13",
};
/** What a kernel answers that does not know a kind, or a member of its description. */
const plain: ReadonlySet<number> = new Set([errno.EINVAL, errno.E2BIG, errno.EOPNOTSUPP, errno.ENOTSUPP]);

/** Something that a kernel has from a version on; none where every supported one has it. */
interface Need {
  readonly kind: string;
  readonly since: string | undefined;
}

/** An `unsupported` error for a map that the kernel refused, where its kind came with a later version; null where that is not the reason. */
export function mapCameLater(sys: Sys, result: number, map: { readonly name: string; readonly type: MapType }): RuntimeError | null {
  return cameLater(sys, result, map.name, `map ${map.name}`, [{ kind: map.type, since: mapsSince[map.type] }]);
}

/** The same for a program that is loaded or attached, by its type and its hook. */
export function programCameLater(sys: Sys, result: number, program: Pick<Program, "name" | "type" | "attachType">): RuntimeError | null {
  const { name, type, attachType } = program;
  const hook = attachType === null ? [] : [{ kind: attachType, since: hooksSince[attachType] }];
  return cameLater(sys, result, name, `program ${name}`, [{ kind: type, since: programsSince[type] }, ...hook]);
}

function cameLater(sys: Sys, result: number, name: string, what: string, needs: readonly Need[]): RuntimeError | null {
  const running = /^\d+\.\d+/.exec(sys.release)?.[0];
  if (running === undefined || !plain.has(-result)) return null;
  for (const { kind, since } of needs) {
    if (since === undefined || releaseVersion(since) <= releaseVersion(running)) continue;
    const message = `${what}: ${kind} came with Linux ${since}, and this is ${running}`;
    return new RuntimeError("unsupported", { type: name, message, errno: errnoName(result), since });
  }
  return null;
}
