import type { LineInfo } from "@lbc/core/btf";
import type { BpfObject } from "@lbc/core/object";
import { loadBtf } from "../bpf/commands.ts";
import { probeBtfFeatures } from "../kernel/features.ts";
import { errno, systemError } from "../sys/errno.ts";
import type { Sys } from "../sys/sys.ts";
import type { LoadedBtf } from "./create-maps.ts";
import { prepareBtf } from "./prepare-btf.ts";

/**
 * Hands the object's type information to the kernel, without what an older kernel lacks. Null where there is none, or where the kernel
 * refuses it and the object can do without. Throws `no-permission`, and `load-failed` where the object cannot do without.
 */
export function loadObjectBtf(sys: Sys, object: BpfObject): (LoadedBtf & { readonly lines: readonly LineInfo[] }) | null {
  const { btf } = object;
  if (btf === null) return null;
  const whole = prepareBtf(object, btf, null);
  const fd = loadBtf(sys, whole.bytes);
  if (fd >= 0) return { fd, btf, lines: whole.lines };
  if (-fd === errno.EPERM) throw systemError(fd, "no-permission", "loading type information");
  const reduced = prepareBtf(object, btf, probeBtfFeatures(sys));
  const second = loadBtf(sys, reduced.bytes);
  if (second >= 0) return { fd: second, btf, lines: reduced.lines };
  if (object.structOps.length === 0 && object.externs.every(({ kind }) => kind === "kconfig")) return null;
  const log = new Uint8Array(1 << 20);
  const result = loadBtf(sys, reduced.bytes, log);
  const text = new TextDecoder().decode(log.subarray(0, log.indexOf(0)));
  throw systemError(result, "load-failed", "loading type information", { section: ".BTF", verifierLog: text });
}
