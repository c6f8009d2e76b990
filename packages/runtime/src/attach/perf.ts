import { attachTypes } from "@lbc/core/object";
import type { AttachTargets } from "../attach-target.ts";
import { createLink } from "../bpf/commands.ts";
import { onlineCpus } from "../kernel/cpus.ts";
import { errno, systemError } from "../sys/errno.ts";
import { type Attaching, targetMissing } from "./attach.ts";
import { type Attachment, together } from "./link.ts";
import { closeOnExec, type PerfAttr, perfEventAttr, perfType } from "./perf-attr.ts";

/** `PERF_EVENT_IOC_ENABLE` and `PERF_EVENT_IOC_SET_BPF`. @see include/uapi/linux/perf_event.h */
const enable = 0x2400;
const setBpf = 0x40042408;
const eventFolders = ["/sys/kernel/tracing/events", "/sys/kernel/debug/tracing/events"];

/** Opens a perf event and ties the program to it; the event is closed with the attachment. */
export function attachToPerfEvent(
  attaching: Attaching,
  attr: PerfAttr,
  on: { readonly pid: number; readonly cpu: number },
  what: string,
  cookie = 0n,
): Attachment {
  const { sys, program } = attaching;
  const fd = sys.perfEventOpen(perfEventAttr(sys, attr).bytes, on.pid, on.cpu, -1, closeOnExec);
  if (fd < 0) throw systemError(fd, "attach-failed", `attaching ${program.name} to ${what}`, { type: program.name });
  try {
    const attachment = tieToPerfEvent(attaching, fd, what, cookie);
    return {
      fd: attachment.fd,
      detach: () => {
        attachment.detach();
        sys.close(fd);
      },
    };
  } catch (error) {
    sys.close(fd);
    throw error;
  }
}

/** By a link (Linux 5.15 on), else by the event alone, which then detaches when it is closed. */
function tieToPerfEvent({ sys, program, fd }: Attaching, event: number, what: string, cookie: bigint): Attachment {
  const link = createLink(sys, fd, event, attachTypes.indexOf("perf_event"), (attr) => attr.u64(16, cookie));
  if (link < 0 && (-link !== errno.EINVAL || cookie !== 0n)) {
    throw systemError(link, "attach-failed", `attaching ${program.name} to ${what}`, { type: program.name });
  }
  const tied = link < 0 ? sys.ioctl(event, setBpf, fd) : 0;
  const enabled = tied < 0 ? tied : sys.ioctl(event, enable, 0);
  if (enabled >= 0) return link < 0 ? { fd: null, detach: () => undefined } : { fd: link, detach: () => sys.close(link) };
  if (link >= 0) sys.close(link);
  throw systemError(enabled, "attach-failed", `attaching ${program.name} to ${what}`, { type: program.name });
}

export function attachTracepoint(
  attaching: Attaching,
  declared: { readonly category: string | null; readonly name: string | null },
  target: AttachTargets["tracepoint"] | undefined,
): Attachment {
  const category = target?.category ?? declared.category;
  const name = target?.name ?? declared.name;
  if (category === null || name === null) throw targetMissing(attaching.program, '{ category: "sched", name: "sched_switch" }');
  const what = `tracepoint ${category}:${name}`;
  const files = eventFolders.map((folder) => attaching.sys.readFile(`${folder}/${category}/${name}/id`));
  const id = files.find((file) => file !== null);
  if (id === undefined || id === null) {
    throw systemError(-errno.ENOENT, "attach-failed", `attaching ${attaching.program.name} to ${what}`, {
      type: attaching.program.name,
      hint: "this kernel has no such tracepoint, or tracefs is not mounted: mount -t tracefs tracefs /sys/kernel/tracing",
    });
  }
  return attachToPerfEvent(
    attaching,
    { type: perfType.tracepoint, config: Number(new TextDecoder().decode(id)) },
    { pid: -1, cpu: 0 },
    what,
    target?.cookie,
  );
}

/** On one perf event that the caller has open, or on one of our own for every online CPU. */
export function attachPerfEventProgram(attaching: Attaching, target: AttachTargets["perf_event"] | undefined): Attachment {
  if (target === undefined) throw targetMissing(attaching.program, "{ frequency: 99 }");
  if ("fd" in target) return tieToPerfEvent(attaching, target.fd, "a perf event", target.cookie ?? 0n);
  const attr: PerfAttr = {
    type: target.type ?? perfType.software,
    config: target.config ?? 0,
    ...(target.period === undefined ? { sampleFrequency: target.frequency ?? 99 } : { samplePeriod: target.period }),
  };
  const cpus = target.cpu === undefined ? onlineCpus(attaching.sys) : [target.cpu];
  const attached: Attachment[] = [];
  try {
    for (const cpu of cpus) {
      const on = { pid: target.pid ?? -1, cpu };
      attached.push(attachToPerfEvent(attaching, attr, on, `a perf event on CPU ${cpu}`, target.cookie));
    }
  } catch (error) {
    together(attached).detach();
    throw error;
  }
  return together(attached);
}
