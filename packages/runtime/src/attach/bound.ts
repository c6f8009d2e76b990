import { attachTypes } from "@lbc/core/object";
import type { AttachTargets, WithCookie } from "../attach-target.ts";
import { createLink, openRawTracepoint } from "../bpf/commands.ts";
import { functionInProgram } from "../kernel/program-btf.ts";
import { programCameLater } from "../kernel/since.ts";
import { trampolinesRefused } from "../kernel/trampolines.ts";
import { systemError } from "../sys/errno.ts";
import { type Attaching, targetMissing } from "./attach.ts";
import type { Attachment } from "./link.ts";

/** An attachment that ends when its descriptor is closed. Throws `attach-failed` for a negative one. */
export function byDescriptor({ sys, program }: Attaching, fd: number, what: string, hint?: string): Attachment {
  if (fd < 0) {
    const refused = programCameLater(sys, fd, program) ?? trampolinesRefused(sys, fd, program, `attaching ${program.name}`);
    if (refused !== null) throw refused;
    throw systemError(fd, "attach-failed", `attaching ${program.name} to ${what}`, {
      type: program.name,
      ...(hint === undefined ? {} : { hint }),
    });
  }
  return { fd, detach: () => sys.close(fd) };
}

/** tp_btf, fentry, fexit, fmod_ret, lsm: bound at load. Only links that are made as such take a cookie (5.19). */
export function attachBound(attaching: Attaching, target?: WithCookie): Attachment {
  const { sys, program, fd } = attaching;
  const what = "what it was loaded for";
  if (target?.cookie === undefined || program.attachType === null) return byDescriptor(attaching, openRawTracepoint(sys, fd, null), what);
  const { cookie } = target;
  const link = createLink(sys, fd, 0, attachTypes.indexOf(program.attachType), (attr) => attr.u64(24, cookie));
  return byDescriptor(attaching, link, what, "cookies of fentry, fexit and tp_btf need Linux 5.19");
}

export function attachRawTracepoint(
  attaching: Attaching,
  declared: { readonly name: string | null },
  target: AttachTargets["raw_tracepoint"] | undefined,
): Attachment {
  const name = target?.name ?? declared.name;
  if (name === null) throw targetMissing(attaching.program, '{ name: "sched_switch" }');
  const hint = target?.cookie === undefined ? undefined : "cookies of raw tracepoints need Linux 6.10";
  return byDescriptor(attaching, openRawTracepoint(attaching.sys, attaching.fd, name, target?.cookie), `raw tracepoint ${name}`, hint);
}

/** A function of the program that was named at load, or another one. */
export function attachReplacement(attaching: Attaching, target: AttachTargets["freplace"] | undefined): Attachment {
  const { sys, fd } = attaching;
  if (target === undefined) return byDescriptor(attaching, openRawTracepoint(sys, fd, null), "the function that it was loaded for");
  const id = functionInProgram(sys, target.program.fd, target.function);
  const link = createLink(sys, fd, target.program.fd, 0, (attr) => attr.u32(16, id));
  return byDescriptor(
    attaching,
    link,
    `function ${target.function} of another program`,
    "the function has to be a global one of the same signature",
  );
}
