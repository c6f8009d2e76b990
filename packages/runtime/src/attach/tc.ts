import type { AttachTargets } from "../attach-target.ts";
import { errno, systemError } from "../sys/errno.ts";
import type { Sys } from "../sys/sys.ts";
import { type Attaching, targetMissing } from "./attach.ts";
import type { Attachment } from "./link.ts";
import { netlinkFlag, request } from "./netlink.ts";
import { interfaceIndex } from "./network.ts";

/** RTM_*, TCA_*, TC_H_*. @see include/uapi/linux/rtnetlink.h and pkt_sched.h */
const message = { newQueue: 36, newFilter: 44, deleteFilter: 45 } as const;
const attribute = { kind: 1, options: 2 } as const;
const filterAttribute = { fd: 6, name: 7, flags: 8 } as const;
const clsact = { handle: 0xffff0000, parent: 0xfffffff1 } as const;
const parents = { ingress: 0xfffffff2, egress: 0xfffffff3 } as const;
/** TCA_BPF_FLAG_ACT_DIRECT: the program's result is the verdict. ETH_P_ALL in network byte order. */
const directAction = 1;
const allProtocols = 0x0300;

/** A filter of traffic control; the queue that it hangs on is made where it is missing, and stays. */
export function attachTc(attaching: Attaching, target: AttachTargets["tc"] | undefined): Attachment {
  const { sys, program, fd } = attaching;
  if (target === undefined) throw targetMissing(program, '{ interface: "eth0", direction: "ingress" }');
  const index = interfaceIndex(attaching, target.interface);
  const what = `attaching ${program.name} to interface ${target.interface}`;
  const queue = tcMessage(sys, index, clsact.handle, clsact.parent, 0);
  const made = request(sys, message.newQueue, netlinkFlag.create | netlinkFlag.exclusive, queue, [[attribute.kind, "clsact"]]).result;
  if (made < 0 && -made !== errno.EEXIST) throw systemError(made, "attach-failed", what, { type: program.name });
  const parent = parents[target.direction ?? "ingress"];
  const filter = tcMessage(sys, index, 0, parent, ((target.priority ?? 0) << 16) | allProtocols);
  const { result, echo } = request(sys, message.newFilter, netlinkFlag.create | netlinkFlag.exclusive | netlinkFlag.echo, filter, [
    [attribute.kind, "bpf"],
    [
      attribute.options,
      [
        [filterAttribute.fd, fd],
        [filterAttribute.name, program.name],
        [filterAttribute.flags, directAction],
      ],
    ],
  ]);
  if (result < 0 || echo === null) throw systemError(result, "attach-failed", what, { type: program.name });
  const little = sys.endianness === "little";
  const attached = tcMessage(sys, index, echo.getUint32(8, little), parent, echo.getUint32(16, little));
  return { fd: null, detach: () => void request(sys, message.deleteFilter, 0, attached, [[attribute.kind, "bpf"]]) };
}

/** `struct tcmsg`: family, interface, handle, parent, info. */
function tcMessage(sys: Sys, index: number, handle: number, parent: number, info: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(20));
  [index, handle, parent, info].forEach((word, place) => {
    view.setUint32(4 + 4 * place, word, sys.endianness === "little");
  });
  return new Uint8Array(view.buffer);
}
