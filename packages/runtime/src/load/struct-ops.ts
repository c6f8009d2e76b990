import type { Btf, BtfComposite, BtfMember } from "@lbc/core/btf";
import { essentialName } from "@lbc/core/core-relo";
import { type BpfObject, mapTypes, type StructOps } from "@lbc/core/object";
import { createMap, type MapSpec } from "../bpf/commands.ts";
import { RuntimeError } from "../errors.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { systemError } from "../sys/errno.ts";
import { findInKernel } from "./externs.ts";
import type { AttachTo } from "./kernel-target.ts";

/** BPF_F_LINK and BPF_F_VTYPE_BTF_OBJ_FD. @see include/uapi/linux/bpf.h */
const madeForLink = 1 << 13;
const typeInModule = 1 << 15;

/** The running kernel's own declaration of a struct of operations. */
interface KernelOps {
  readonly btf: Btf;
  /** Of the module's BTF that declares it; 0 for the kernel's own. */
  readonly fd: number;
  readonly type: BtfComposite;
  /** What the map's value is: the struct with the kernel's bookkeeping before it. */
  readonly value: BtfComposite;
  /** Of the struct in the value, in bytes. */
  readonly offset: number;
}

/** Throws `no-such-target` where the kernel has no such operations, or takes no programs for them. */
function kernelOps(kernel: Kernel, { name, typeName }: StructOps): KernelOps {
  const wanted = essentialName(typeName);
  const found = findInKernel(kernel, wanted, "struct");
  const type = found?.btf.type(found.id);
  const [valueId] = found?.btf.find(`bpf_struct_ops_${wanted}`, "struct") ?? [];
  const value = valueId === undefined ? undefined : found?.btf.type(valueId);
  if (found === null || type?.kind !== "struct" || value?.kind !== "struct") {
    throw new RuntimeError("no-such-target", {
      type: name,
      message: `this kernel takes no programs for ${wanted}`,
      hint: "list what it takes with: bpftool btf dump file /sys/kernel/btf/vmlinux | grep bpf_struct_ops_",
    });
  }
  const data = value.members.find((member) => found.btf.resolve(member.type).id === type.id);
  return { btf: found.btf, fd: found.fd, type, value, offset: (data?.bitOffset ?? 0) / 8 };
}

/** What a program of operations is loaded for: the struct, and the number of its member there. Throws `attach-target-missing`. */
export function structOpsTarget(program: string, object: BpfObject, kernel: Kernel): AttachTo {
  for (const ops of object.structOps) {
    const filled = ops.functions.find((candidate) => candidate.program === program);
    if (filled === undefined) continue;
    const { type, fd } = kernelOps(kernel, ops);
    const member = type.members.findIndex(({ name }) => name === essentialName(filled.member));
    if (member >= 0) return { id: type.id, fd, member };
    throw noSuchMember(ops, filled.member);
  }
  throw new RuntimeError("attach-target-missing", {
    type: program,
    message: `no struct of operations has ${program} as a member`,
    hint: 'put it into a variable in SEC(".struct_ops.link"), or switch its autoload off',
  });
}

function noSuchMember({ name, typeName }: StructOps, member: string): RuntimeError {
  return new RuntimeError("no-such-target", {
    type: name,
    message: `${essentialName(typeName)} has no member ${member} on this kernel, where ${name} sets it`,
    hint: "leave it zero on kernels without it, before load",
  });
}

/** Creates the map by which operations are handed over; the descriptor is the caller's. */
export function createStructOpsMap(kernel: Kernel, ops: StructOps, btfFd: number): number {
  const { fd, value } = kernelOps(kernel, ops);
  const spec: MapSpec = {
    type: mapTypes.indexOf("struct_ops"),
    name: ops.name,
    keySize: 4,
    valueSize: value.size,
    maxEntries: 1,
    flags: (ops.link ? madeForLink : 0) | (fd === 0 ? 0 : typeInModule),
    btf: { fd: btfFd, key: 0, value: 0 },
    kernelValue: { type: value.id, module: fd },
  };
  const map = createMap(kernel.sys, spec);
  if (map < 0) {
    const hint = ops.link ? "links of operations need Linux 6.4: declare it in .struct_ops for kernels before that" : undefined;
    throw systemError(map, "map-failed", `creating the operations ${ops.name}`, {
      type: ops.name,
      ...(hint === undefined ? {} : { hint }),
    });
  }
  return map;
}

/**
 * The value of the map: what the object put into each member, where the running kernel has that member, and descriptors of programs
 * in place of functions. Throws `no-such-target` for a member that is set and that the kernel lacks or has in another size.
 */
export function structOpsValue(
  kernel: Kernel,
  object: BpfObject,
  ops: StructOps,
  initial: Uint8Array,
  programFd: (name: string) => number | null,
): Uint8Array {
  const { btf } = object;
  const local = btf?.resolve(ops.type);
  if (btf === null || local?.kind !== "struct")
    throw new RuntimeError("bad-object", { type: ops.name, message: `${ops.name} has no type` });
  const theirs = kernelOps(kernel, ops);
  const bytes = new Uint8Array(theirs.value.size);
  const view = new DataView(bytes.buffer);
  for (const member of local.members) {
    const slot = ops.functions.find(({ member: name }) => name === member.name);
    const from = member.bitOffset / 8;
    const content = initial.subarray(from, slot === undefined ? from + sizeOf(btf, member) : from);
    const fd = slot?.program === undefined || slot.program === null ? null : programFd(slot.program);
    if (fd === null && content.every((byte) => byte === 0)) continue;
    const target = theirs.type.members.find(({ name }) => name === essentialName(member.name));
    if (target === undefined || (fd === null && sizeOf(theirs.btf, target) !== content.length)) throw noSuchMember(ops, member.name);
    const at = theirs.offset + target.bitOffset / 8;
    if (fd === null) bytes.set(content, at);
    else view.setBigUint64(at, BigInt(fd), kernel.sys.endianness === "little");
  }
  return bytes;
}

/** In whole bytes; libbpf refuses bit-fields here as well, so 0 makes the sizes differ where one is set. */
const sizeOf = (btf: Btf, { type, bitSize }: BtfMember): number => (bitSize === 0 ? btf.size(type) : 0);
