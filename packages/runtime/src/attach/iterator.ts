import { type AttachKind, attachTypes } from "@lbc/core/object";
import type { AttachTargets, CgroupOrder } from "../attach-target.ts";
import { Attr } from "../bpf/attr.ts";
import { createLink } from "../bpf/commands.ts";
import { systemError } from "../sys/errno.ts";
import type { Attaching } from "./attach.ts";
import { byDescriptor } from "./bound.ts";
import type { Attachment } from "./link.ts";

/** `enum bpf_cgroup_iter_order`. @see include/uapi/linux/bpf.h */
const orders: Readonly<Record<CgroupOrder, number>> = { self: 1, "descendants-pre": 2, "descendants-post": 3, "ancestors-up": 4 };

/** Iterators that the kernel refuses without a map or the order of cgroups. */
const needParameters: ReadonlySet<string> = new Set(["bpf_map_elem", "bpf_sk_storage_map", "sockmap", "cgroup"]);

/** Whether it walks over all there is where nobody says what. */
export function walksAlone({ target }: Extract<AttachKind, { readonly kind: "iter" }>): boolean {
  return target === null || !needParameters.has(target);
}

/** The walk begins when the link is read. */
export function attachIterator(attaching: Attaching, target: AttachTargets["iter"] | undefined): Attachment {
  const { sys, fd } = attaching;
  const folder = target !== undefined && "cgroup" in target ? sys.open(target.cgroup) : -1;
  if (target !== undefined && "cgroup" in target && folder < 0) throw systemError(folder, "no-such-target", `opening ${target.cgroup}`);
  try {
    const link = createLink(sys, fd, 0, attachTypes.indexOf("trace_iter"), (attr) => {
      const parameters = target === undefined ? undefined : parametersOf(attaching, target, folder);
      if (parameters !== undefined) attr.pointer(16, parameters.bytes).u32(24, parameters.bytes.length);
    });
    return byDescriptor(attaching, link, "its iterator", "tasks and cgroups need Linux 6.1");
  } finally {
    if (folder >= 0) sys.close(folder);
  }
}

/** A `union bpf_iter_link_info`. */
function parametersOf({ sys }: Attaching, target: AttachTargets["iter"], folder: number): Attr {
  if ("map" in target) return new Attr(sys, 4).u32(0, target.map.fd);
  if ("cgroup" in target) return new Attr(sys, 16).u32(0, orders[target.order ?? "descendants-pre"]).u32(4, folder);
  return new Attr(sys, 12).u32(0, "tid" in target ? target.tid : 0).u32(4, "pid" in target ? target.pid : 0);
}
