import { type AttachKind, attachTypes } from "@lbc/core/object";
import type { AttachTargets } from "../attach-target.ts";
import { Attr, zeroTerminated } from "../bpf/attr.ts";
import { createLink } from "../bpf/commands.ts";
import { RuntimeError } from "../errors.ts";
import type { Sys } from "../sys/sys.ts";
import { type Attaching, targetMissing } from "./attach.ts";
import { byDescriptor } from "./bound.ts";
import { ElfFunctions } from "./elf-functions.ts";
import { forEachFunction, globPattern, probeUnit } from "./kprobe.ts";
import type { Attachment } from "./link.ts";
import { attachToPerfEvent } from "./perf.ts";

type Declared<Kind extends AttachKind["kind"]> = Extract<AttachKind, { readonly kind: Kind }>;

const libraryFolders = ["/usr/local/lib", `/usr/lib/${multiarch()}`, `/lib/${multiarch()}`, "/usr/lib64", "/lib64", "/usr/lib", "/lib"];
const programFolders = ["/usr/local/bin", "/usr/bin", "/bin", "/usr/local/sbin", "/usr/sbin", "/sbin"];

function multiarch(): string {
  const machines: Readonly<Record<string, string>> = {
    x64: "x86_64",
    arm64: "aarch64",
    s390x: "s390x",
    riscv64: "riscv64",
    ppc64: "powerpc64le",
  };
  return `${machines[process.arch] ?? process.arch}-linux-gnu`;
}

/** A path as it is; `libc.so.6` and `bash` are looked for where the system has libraries and programs. Throws `no-such-target`. */
export function readTarget(sys: Sys, path: string): { readonly path: string; readonly bytes: Uint8Array } {
  const folders = path.includes("/") ? [""] : /\.so(\.|$)/.test(path) ? libraryFolders : programFolders;
  for (const folder of folders) {
    const full = folder === "" ? path : `${folder}/${path}`;
    const bytes = sys.readFile(full);
    if (bytes !== null) return { path: full, bytes };
  }
  throw new RuntimeError("no-such-target", {
    file: path,
    message: "there is no such file, or it may not be read",
    hint: "give its full path, or a library's name as its file has it: libc.so.6",
  });
}

export function attachUprobe(attaching: Attaching, declared: Declared<"uprobe">, target: AttachTargets["uprobe"] | undefined): Attachment {
  const path = target?.path ?? declared.path;
  const isElsewhere = target?.path !== undefined || target?.function !== undefined || target?.offset !== undefined;
  const name = isElsewhere ? (target?.function ?? null) : declared.function;
  const offset = (isElsewhere ? target?.offset : declared.offset) ?? 0;
  if (path === null || (name === null && target?.offset === undefined && declared.offset === 0)) {
    throw targetMissing(attaching.program, '{ path: "libc.so.6", function: "malloc" }');
  }
  const file = readTarget(attaching.sys, path);
  const start = name === null ? 0 : new ElfFunctions(file.bytes, file.path).offsetOf(name, attaching.program.name);
  const unit = probeUnit(attaching.sys, "uprobe", declared.return);
  const counter = counterBits(attaching, target?.refCtrOffset ?? 0);
  const pid = target?.pid ?? -1;
  return attachToPerfEvent(
    attaching,
    { type: unit.type, config: BigInt(unit.config) | counter, config1: file.path, config2: start + offset },
    { pid, cpu: pid === -1 ? 0 : -1 },
    `${name ?? `offset ${offset}`} in ${file.path}`,
    target?.cookie,
  );
}

/** The upper half of `config`. @see kernel/events/core.c, PERF_UPROBE_REF_CTR_OFFSET_SHIFT */
function counterBits({ program }: Attaching, offset: number): bigint {
  if (Number.isInteger(offset) && offset >= 0 && offset <= 0xffff_ffff) return BigInt(offset) << 32n;
  const message = `refCtrOffset of ${program.name} is ${offset}`;
  throw new RuntimeError("out-of-range", { type: program.name, message, hint: "it is a place in the file, of 32 bits" });
}

/** BPF_F_UPROBE_MULTI_RETURN. @see include/uapi/linux/bpf.h */
const multiReturn = 1;

export function attachUprobeMulti(
  attaching: Attaching,
  declared: Declared<"uprobe_multi">,
  target: AttachTargets["uprobe_multi"] | undefined,
): Attachment {
  const path = target?.path ?? declared.path;
  if (path === null || (target?.functions === undefined && declared.pattern === null)) {
    throw targetMissing(attaching.program, '{ path: "libc.so.6", functions: ["malloc", "free"] }');
  }
  const file = readTarget(attaching.sys, path);
  const functions = new ElfFunctions(file.bytes, file.path);
  const found = target?.functions?.map((name) => functions.offsetOf(name, attaching.program.name)) ?? [
    ...functions.offsetsOf(globPattern(declared.pattern ?? "")),
  ];
  if (found.length === 0) {
    const message = `${attaching.program.name} attaches to functions that match ${declared.pattern}, and ${file.path} has none`;
    throw new RuntimeError("no-such-target", { file: file.path, type: attaching.program.name, message });
  }
  const offsets = new Attr(attaching.sys, found.length * 8);
  found.forEach((offset, index) => {
    offsets.u64(index * 8, offset);
  });
  const type = attachTypes.indexOf(declared.session ? "trace_uprobe_session" : "trace_uprobe_multi");
  const fd = createLink(attaching.sys, attaching.fd, 0, type, (attr) => {
    attr.pointer(16, zeroTerminated(file.path)).pointer(24, offsets.bytes);
    attr
      .u32(48, found.length)
      .u32(52, declared.return ? multiReturn : 0)
      .u32(56, target?.pid ?? 0);
    if (target?.refCtrOffsets !== undefined) {
      attr.pointer(32, forEachFunction(attaching, "refCtrOffsets", target.refCtrOffsets, found.length));
    }
    if (target?.cookies !== undefined) attr.pointer(40, forEachFunction(attaching, "cookies", target.cookies, found.length));
  });
  return byDescriptor(attaching, fd, `${found.length} functions of ${file.path}`, "uprobe.multi needs Linux 6.6");
}
