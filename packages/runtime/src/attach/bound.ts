import { attachTypes } from "@lbc/core/object";
import type { AttachTargets } from "../attach-target.ts";
import { createLink, openRawTracepoint } from "../bpf/commands.ts";
import { systemError } from "../sys/errno.ts";
import { type Attaching, targetMissing } from "./attach.ts";
import type { Attachment } from "./link.ts";

/** An attachment that ends when its descriptor is closed. Throws `attach-failed` for a negative one. */
export function byDescriptor({ sys, program }: Attaching, fd: number, what: string, hint?: string): Attachment {
  if (fd < 0) {
    throw systemError(fd, "attach-failed", `attaching ${program.name} to ${what}`, {
      type: program.name,
      ...(hint === undefined ? {} : { hint }),
    });
  }
  return { fd, detach: () => sys.close(fd) };
}

/** tp_btf, fentry, fexit, fmod_ret, lsm: bound at load. */
export function attachBound(attaching: Attaching): Attachment {
  return byDescriptor(attaching, openRawTracepoint(attaching.sys, attaching.fd, null), "what it was loaded for");
}

export function attachIter(attaching: Attaching): Attachment {
  return byDescriptor(attaching, createLink(attaching.sys, attaching.fd, 0, attachTypes.indexOf("trace_iter")), "its iterator");
}

export function attachRawTracepoint(
  attaching: Attaching,
  declared: { readonly name: string | null },
  target: AttachTargets["raw_tracepoint"] | undefined,
): Attachment {
  const name = target?.name ?? declared.name;
  if (name === null) throw targetMissing(attaching.program, '{ name: "sched_switch" }');
  return byDescriptor(attaching, openRawTracepoint(attaching.sys, attaching.fd, name), `raw tracepoint ${name}`);
}
