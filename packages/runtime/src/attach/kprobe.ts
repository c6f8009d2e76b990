import { type AttachKind, attachTypes } from "@lbc/core/object";
import type { AttachTargets } from "../attach-target.ts";
import { Attr, zeroTerminated } from "../bpf/attr.ts";
import { createLink } from "../bpf/commands.ts";
import { RuntimeError } from "../errors.ts";
import { syscallWrapper } from "../kernel/features.ts";
import type { Sys } from "../sys/sys.ts";
import { type Attaching, targetMissing } from "./attach.ts";
import { byDescriptor } from "./bound.ts";
import type { Attachment } from "./link.ts";
import { attachToPerfEvent } from "./perf.ts";

type Declared<Kind extends AttachKind["kind"]> = Extract<AttachKind, { readonly kind: Kind }>;

const units = "/sys/bus/event_source/devices";
const utf8 = new TextDecoder();

/** A perf event type for probes, and what tells it to probe a function's return. Throws `unsupported` where the kernel has none. */
export function probeUnit(sys: Sys, unit: "kprobe" | "uprobe", isReturn: boolean): { readonly type: number; readonly config: number } {
  const type = sys.readFile(`${units}/${unit}/type`);
  const format = sys.readFile(`${units}/${unit}/format/retprobe`);
  if (type === null || format === null) {
    throw new RuntimeError("unsupported", {
      message: `this kernel has no ${unit}s`,
      hint: `it needs CONFIG_${unit.toUpperCase()}_EVENTS=y and sysfs on /sys`,
      since: "4.17",
    });
  }
  const bit = Number(/^config:(\d+)/.exec(utf8.decode(format))?.[1] ?? 0);
  return { type: Number(utf8.decode(type)), config: isReturn ? 1 << bit : 0 };
}

export function attachKprobe(attaching: Attaching, declared: Declared<"kprobe">, target: AttachTargets["kprobe"] | undefined): Attachment {
  const name = target?.function ?? declared.function;
  if (name === null) throw targetMissing(attaching.program, '{ function: "do_unlinkat" }');
  const offset = target?.offset ?? (target?.function === undefined ? declared.offset : 0);
  return attachToFunction(attaching, name, offset, declared.return, target?.cookie);
}

function attachToFunction(attaching: Attaching, name: string, offset: number, isReturn: boolean, cookie?: bigint): Attachment {
  const unit = probeUnit(attaching.sys, "kprobe", isReturn);
  const attr = { ...unit, config1: name, config2: offset };
  return attachToPerfEvent(attaching, attr, { pid: -1, cpu: 0 }, `kernel function ${name}`, cookie);
}

/** A system call's function is named after the machine where it takes a `struct pt_regs`. */
export function attachKsyscall(
  attaching: Attaching,
  declared: Declared<"ksyscall">,
  target: AttachTargets["ksyscall"] | undefined,
): Attachment {
  const name = target?.syscall ?? declared.syscall;
  if (name === null) throw targetMissing(attaching.program, '{ syscall: "unlinkat" }');
  return attachToFunction(attaching, syscallWrapper(name) ?? `__se_sys_${name}`, 0, declared.return, target?.cookie);
}

/** BPF_F_KPROBE_MULTI_RETURN. @see include/uapi/linux/bpf.h */
const multiReturn = 1;

export function attachKprobeMulti(
  attaching: Attaching,
  declared: Declared<"kprobe_multi">,
  target: AttachTargets["kprobe_multi"] | undefined,
): Attachment {
  const names = target?.functions ?? matchingFunctions(attaching.sys, declared.pattern);
  if (names.length === 0) throw targetMissing(attaching.program, '{ functions: ["vfs_read", "vfs_write"] }');
  const symbols = new Attr(attaching.sys, names.length * 8);
  names.forEach((name, index) => {
    symbols.pointer(index * 8, zeroTerminated(name));
  });
  const type = attachTypes.indexOf(declared.session ? "trace_kprobe_session" : "trace_kprobe_multi");
  const fd = createLink(attaching.sys, attaching.fd, 0, type, (attr) => {
    attr
      .u32(16, declared.return ? multiReturn : 0)
      .u32(20, names.length)
      .pointer(24, symbols.bytes);
    if (target?.cookies !== undefined) attr.pointer(40, forEachFunction(attaching, "cookies", target.cookies, names.length));
  });
  return byDescriptor(attaching, fd, `${names.length} kernel functions`, "kprobe.multi needs Linux 5.18 with CONFIG_FPROBE=y");
}

/** An array of 64-bit numbers. Throws RangeError where there is not one for each. */
export function forEachFunction({ sys }: Attaching, what: string, values: readonly bigint[], count: number): Uint8Array {
  if (values.length !== count) throw new RangeError(`${values.length} ${what} for ${count} functions`);
  const bytes = new Attr(sys, count * 8);
  values.forEach((value, index) => {
    bytes.u64(index * 8, value);
  });
  return bytes.bytes;
}

const functionLists = ["/sys/kernel/tracing/available_filter_functions", "/sys/kernel/debug/tracing/available_filter_functions"];

/** Functions that can be traced and match a pattern with `*` and `?`. */
function matchingFunctions(sys: Sys, pattern: string | null): string[] {
  const list = functionLists.map((path) => sys.readFile(path)).find((file) => file !== null);
  if (pattern === null || list === undefined || list === null) return pattern === null || /[*?]/.test(pattern) ? [] : [pattern];
  const wanted = globPattern(pattern);
  const names = utf8
    .decode(list)
    .split("\n")
    .map((line) => line.split(/\s/, 1)[0] ?? "");
  return [...new Set(names.filter((name) => wanted.test(name)))];
}

/** A pattern in which `*` and `?` stand for any characters and any one. */
export function globPattern(glob: string): RegExp {
  const escaped = glob
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${escaped}$`);
}
