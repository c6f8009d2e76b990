import { attachTypes } from "@lbc/core/object";
import type { AttachTargets, Place } from "../attach-target.ts";
import { Attr } from "../bpf/attr.ts";
import { command, createLink } from "../bpf/commands.ts";
import { RuntimeError } from "../errors.ts";
import { errno, systemError } from "../sys/errno.ts";
import { type Attaching, targetMissing } from "./attach.ts";
import { byDescriptor } from "./bound.ts";
import type { Attachment } from "./link.ts";
import { type EncodedPlace, encodePlace } from "./place.ts";

/** SOL_SOCKET, SO_ATTACH_BPF and SO_DETACH_BPF. @see include/uapi/asm-generic/socket.h */
const solSocket = 1;
const soAttachBpf = 50;
const soDetachBpf = 27;

const attachType = ({ program }: Attaching): number => (program.attachType === null ? 0 : attachTypes.indexOf(program.attachType));

/** The socket stays the caller's; a filter ends with its socket at the latest. */
export function attachSocketFilter(attaching: Attaching, target: AttachTargets["socket_filter"] | undefined): Attachment {
  if (target === undefined) throw targetMissing(attaching.program, "{ socket: fd }");
  const { sys, program, fd } = attaching;
  const result = sys.setsockopt(target.socket, solSocket, soAttachBpf, new Uint8Array(Int32Array.of(fd).buffer));
  if (result < 0)
    throw systemError(result, "attach-failed", `attaching ${program.name} to socket ${target.socket}`, { type: program.name });
  return { fd: null, detach: () => void sys.setsockopt(target.socket, solSocket, soDetachBpf, new Uint8Array(4)) };
}

/** XDP_FLAGS_SKB_MODE and so on. @see include/uapi/linux/if_link.h */
const xdpModes = { skb: 1 << 1, driver: 1 << 2, hardware: 1 << 3 } as const;

export function attachXdp(attaching: Attaching, target: AttachTargets["xdp"] | undefined): Attachment {
  if (target === undefined) throw targetMissing(attaching.program, '{ interface: "eth0" }');
  const index = interfaceIndex(attaching, target.interface);
  const flags = target.mode === undefined ? 0 : xdpModes[target.mode];
  const fd = createLink(attaching.sys, attaching.fd, index, attachTypes.indexOf("xdp"), undefined, flags);
  return byDescriptor(attaching, fd, `interface ${target.interface}`, "another XDP program may be there; XDP links need Linux 5.9");
}

export function attachTcx(attaching: Attaching, target: AttachTargets["tcx"] | undefined): Attachment {
  if (target === undefined) throw targetMissing(attaching.program, '{ interface: "eth0" }');
  const index = interfaceIndex(attaching, target.interface);
  const { flags, fill } = encodePlace(attaching.program, target);
  const fd = createLink(attaching.sys, attaching.fd, index, attachType(attaching), fill, flags);
  return byDescriptor(attaching, fd, `interface ${target.interface}`, "tcx needs Linux 6.6, netkit 6.7");
}

export function interfaceIndex({ sys, program }: Attaching, given: string | number): number {
  const index = typeof given === "number" ? given : sys.interfaceIndex(given);
  if (index > 0) return index;
  throw new RuntimeError("no-such-target", {
    type: program.name,
    message: `there is no network interface ${given}`,
    hint: "list them with: ip link",
  });
}

/** A cgroup v2 folder. */
export function attachCgroup(attaching: Attaching, path: string | undefined, place: Place = {}): Attachment {
  if (path === undefined) throw targetMissing(attaching.program, '{ path: "/sys/fs/cgroup" }');
  return linkToFile(attaching, path, {
    place: encodePlace(attaching.program, place),
    otherKind: "name a folder of cgroups of version 2; findmnt -t cgroup2 shows where they are",
  });
}

/** A network namespace's file. */
export function attachNetns(attaching: Attaching, target: AttachTargets["netns"] | undefined): Attachment {
  if (target === undefined) throw targetMissing(attaching.program, '{ netns: "/proc/self/ns/net" }');
  return linkToFile(attaching, target.netns);
}

interface LinkToFile {
  readonly place?: EncodedPlace;
  /** What to do where the file is no such one. */
  readonly otherKind?: string;
}

function linkToFile(attaching: Attaching, path: string, { place, otherKind }: LinkToFile = {}): Attachment {
  const { sys, program } = attaching;
  const target = sys.open(path);
  if (target < 0) throw systemError(target, "no-such-target", `opening ${path}`, { type: program.name, file: path });
  try {
    const link = createLink(sys, attaching.fd, target, attachType(attaching), place?.fill, place?.flags);
    const unplaced = -link === errno.EINVAL && place !== undefined && place.flags !== 0;
    const hint = unplaced ? "places among the programs of a cgroup need Linux 6.17" : undefined;
    return byDescriptor(attaching, link, path, -link === errno.EBADF ? otherKind : hint);
  } finally {
    sys.close(target);
  }
}

/** Sockets in the map are handled by the program; the kernel has no link for it before 6.10. */
export function attachSockmap(attaching: Attaching, target: AttachTargets["sockmap"] | undefined): Attachment {
  if (target === undefined) throw targetMissing(attaching.program, "{ map: loaded.map(name).fd }");
  const { sys, program, fd } = attaching;
  const attr = new Attr(sys, 20).u32(0, target.map).u32(4, fd).u32(8, attachType(attaching));
  const result = sys.bpf(command.programAttach, attr.bytes);
  if (result < 0) throw systemError(result, "attach-failed", `attaching ${program.name} to a map of sockets`, { type: program.name });
  return { fd: null, detach: () => void sys.bpf(command.programDetach, attr.bytes) };
}

/** NFPROTO_IPV4 and NFPROTO_IPV6. @see include/uapi/linux/netfilter.h */
const families = { ipv4: 2, ipv6: 10 } as const;
/** BPF_F_NETFILTER_IP_DEFRAG. @see include/uapi/linux/bpf.h */
const defragment = 1 << 0;

export function attachNetfilter(attaching: Attaching, target: AttachTargets["netfilter"] | undefined): Attachment {
  if (target === undefined) throw targetMissing(attaching.program, '{ family: "ipv4", hook: 0, priority: 1 }');
  const fd = createLink(attaching.sys, attaching.fd, 0, attachTypes.indexOf("netfilter"), (attr) => {
    attr
      .u32(16, families[target.family])
      .u32(20, target.hook)
      .u32(24, target.priority)
      .u32(28, target.defragment === true ? defragment : 0);
  });
  return byDescriptor(
    attaching,
    fd,
    "netfilter",
    `netfilter links need Linux 6.4${target.defragment === true ? ", with defragment 6.6" : ""}`,
  );
}
