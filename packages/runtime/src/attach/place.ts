import type { Program } from "@lbc/core/object";
import type { Neighbour, Place } from "../attach-target.ts";
import type { Attr } from "../bpf/attr.ts";
import { RuntimeError } from "../errors.ts";

/** `BPF_F_BEFORE` and so on, of BPF_LINK_CREATE's flags. @see include/uapi/linux/bpf.h */
const flag = { before: 1 << 3, after: 1 << 4, id: 1 << 5, preorder: 1 << 6, link: 1 << 13 } as const;

/** A place as BPF_LINK_CREATE takes it. */
export interface EncodedPlace {
  readonly flags: number;
  /** `relative_fd` (or `relative_id`) and `expected_revision`, which are at the same offsets for tcx, netkit and cgroups. */
  fill(attr: Attr): void;
}

/** Throws `attach-target-missing` for a place before one and after another, and for a link that is closed or has no descriptor. */
export function encodePlace(program: Program, { before, after, expectedRevision = 0n, preorder = false }: Place): EncodedPlace {
  if (before !== undefined && after !== undefined) {
    throw unplaced(program, "is to stand before one program and after another one", "give one of before and after, and expectedRevision");
  }
  const side = before !== undefined ? flag.before : after !== undefined ? flag.after : 0;
  const neighbour = encodeNeighbour(program, before ?? after ?? "all");
  return {
    flags: side | neighbour.flags | (preorder ? flag.preorder : 0),
    fill: (attr) => void attr.u32(16, neighbour.relative).u64(24, expectedRevision),
  };
}

function encodeNeighbour(program: Program, neighbour: Neighbour): { readonly flags: number; readonly relative: number } {
  if (neighbour === "all") return { flags: 0, relative: 0 };
  if ("program" in neighbour) return { flags: 0, relative: neighbour.program.fd };
  if ("programId" in neighbour) return { flags: flag.id, relative: neighbour.programId };
  if ("linkId" in neighbour) return { flags: flag.id | flag.link, relative: neighbour.linkId };
  if (neighbour.link.fd !== null) return { flags: flag.link, relative: neighbour.link.fd };
  throw unplaced(
    program,
    "is to stand beside a link that is closed, or that is none of the kernel's",
    "name a link of tcx, netkit or a cgroup",
  );
}

function unplaced({ name }: Program, what: string, hint: string): RuntimeError {
  return new RuntimeError("attach-target-missing", { type: name, message: `${name} ${what}`, hint });
}
