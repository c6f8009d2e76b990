import { attachTypes } from "@lbc/core/object";
import type { AttachTargets } from "../attach-target.ts";
import { Attr } from "../bpf/attr.ts";
import { command } from "../bpf/commands.ts";
import { systemError } from "../sys/errno.ts";
import { type Attaching, targetMissing } from "./attach.ts";
import type { Attachment } from "./link.ts";

/** An infrared receiver decodes with the program; the kernel has no link for it. @see drivers/media/rc/bpf-lirc.c */
export function attachLirc({ sys, program, fd }: Attaching, target: AttachTargets["lirc"] | undefined): Attachment {
  if (target === undefined) throw targetMissing(program, '{ path: "/dev/lirc0" }');
  const device = sys.open(target.path);
  if (device < 0) throw systemError(device, "no-such-target", `opening ${target.path}`, { type: program.name, file: target.path });
  const attr = new Attr(sys, 20).u32(0, device).u32(4, fd).u32(8, attachTypes.indexOf("lirc_mode2"));
  const result = sys.bpf(command.programAttach, attr.bytes);
  if (result >= 0) {
    return {
      fd: null,
      detach: () => {
        sys.bpf(command.programDetach, attr.bytes);
        sys.close(device);
      },
    };
  }
  sys.close(device);
  throw systemError(result, "attach-failed", `attaching ${program.name} to ${target.path}`, { type: program.name });
}
