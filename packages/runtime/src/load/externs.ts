import type { Btf, BtfId } from "@lbc/core/btf";
import { essentialName, typesCompatible } from "@lbc/core/core-relo";
import type { BpfObject, Extern } from "@lbc/core/object";
import { RuntimeError } from "../errors.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { fillKconfig } from "./kconfig-values.ts";

/** What an extern stands for on this kernel. */
export type Resolved =
  /** Offset in the .kconfig map. */
  | { readonly kind: "kconfig"; readonly offset: number }
  /** `fd` is that of a module's BTF, 0 for the kernel's own. */
  | { readonly kind: "variable"; readonly id: BtfId; readonly fd: number }
  | { readonly kind: "address"; readonly value: bigint }
  /** `fdIndex` is the place of `fd` in the descriptors given to the program: calls have room for no more. Both are 0 for the kernel's own. */
  | { readonly kind: "function"; readonly id: BtfId; readonly fd: number; readonly fdIndex: number }
  /** A weak function that is not there: a call to it must not be reached. */
  | { readonly kind: "missing-function" };

export interface ResolvedExterns {
  readonly byName: ReadonlyMap<string, Resolved>;
  /** Initial content of the .kconfig map; null where there is none. */
  readonly kconfig: Uint8Array | null;
  /** Module BTFs that kernel functions come from; index 0 is not used. */
  readonly fds: readonly number[];
}

/** Finds every extern in the running kernel. Throws `unresolved-extern` for a strong one that is not there, and for a name with several addresses. */
export function resolveExterns(object: BpfObject, kernel: Kernel): ResolvedExterns {
  const { btf } = object;
  const fds = [0];
  const byName = new Map<string, Resolved>();
  for (const extern of object.externs) {
    const resolved = btf === null ? null : resolveExtern(extern, btf, kernel, fds);
    byName.set(extern.name, resolved ?? missing(extern));
  }
  const section = object.data.find(({ kind }) => kind === "kconfig");
  const kconfig = section === undefined || btf === null ? null : fillKconfig(object, btf, kernel, section.size);
  return { byName, kconfig, fds };
}

function missing(extern: Extern): Resolved {
  if (extern.weak) return extern.kind === "kfunc" ? { kind: "missing-function" } : { kind: "address", value: 0n };
  throw new RuntimeError("unresolved-extern", {
    type: extern.name,
    message: `the kernel has no ${extern.kind === "kfunc" ? "function" : "symbol"} ${extern.name} of that type`,
    hint: "declare it __weak and test it at run time, if the program can do without",
  });
}

function resolveExtern(extern: Extern, btf: Btf, kernel: Kernel, fds: number[]): Resolved | null {
  if (extern.kind === "kconfig") return { kind: "kconfig", offset: extern.offset ?? 0 };
  const name = essentialName(extern.name);
  if (extern.kind === "ksym" && extern.type === null) {
    const value = kernel.symbolAddress(name);
    return value === undefined ? null : { kind: "address", value };
  }
  const found = findInKernel(kernel, name, extern.kind === "kfunc" ? "function" : "variable");
  if (found === null || extern.type === null) return null;
  const theirs = found.btf.type(found.id);
  if (theirs.kind !== "function" && theirs.kind !== "variable") return null;
  if (!typesCompatible(btf, extern.type, found.btf, theirs.type)) return null;
  if (extern.kind === "ksym") return { kind: "variable", id: found.id, fd: found.fd };
  return { kind: "function", id: found.id, fd: found.fd, fdIndex: found.fd === 0 ? 0 : indexOf(fds, found.fd) };
}

function indexOf(fds: number[], fd: number): number {
  const known = fds.indexOf(fd);
  return known > 0 ? known : fds.push(fd) - 1;
}

export interface InKernel {
  readonly id: BtfId;
  readonly btf: Btf;
  /** Of the module's BTF; 0 is the kernel's own. */
  readonly fd: number;
}

/** A type of this name in the running kernel, else in its modules. */
export function findInKernel(kernel: Kernel, name: string, kind: "function" | "variable" | "typedef" | "struct"): InKernel | null {
  const [own] = kernel.btf.find(name, kind);
  if (own !== undefined) return { id: own, btf: kernel.btf, fd: 0 };
  for (const module of kernel.modules) {
    const [id] = module.btf.find(name, kind);
    if (id !== undefined) return { id, btf: module.btf, fd: module.fd };
  }
  return null;
}
