import type { Btf, BtfId } from "@lbc/core/btf";
import type { BpfObject, Extern } from "@lbc/core/object";
import { RuntimeError } from "../errors.ts";
import { hasBpfCookie, hasSyscallWrapper } from "../kernel/features.ts";
import type { Kernel } from "../kernel/kernel.ts";

/** What the type of a `__kconfig` extern can hold. */
type Holder =
  | { readonly kind: "bool" }
  | { readonly kind: "char"; readonly signed: boolean }
  | { readonly kind: "int"; readonly bytes: number; readonly signed: boolean }
  | { readonly kind: "tristate" }
  | { readonly kind: "text"; readonly bytes: number };

function holderOf(btf: Btf, id: BtfId): Holder | null {
  const type = btf.resolve(id);
  if (type.kind === "int") {
    if (type.bool) return type.size === 1 ? { kind: "bool" } : null;
    return type.size === 1 ? { kind: "char", signed: type.signed } : { kind: "int", bytes: type.size, signed: type.signed };
  }
  if (type.kind === "enum") return type.name === "libbpf_tristate" && type.size === 4 ? { kind: "tristate" } : null;
  if (type.kind !== "array" || type.length === 0) return null;
  return holderOf(btf, type.element)?.kind === "char" ? { kind: "text", bytes: type.length } : null;
}

/**
 * The content of the .kconfig map on this kernel. Throws `unresolved-extern` for a strong option that is not set, and for a value
 * that does not fit the type that the program gave it.
 */
export function fillKconfig(object: BpfObject, btf: Btf, kernel: Kernel, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  for (const extern of object.externs) {
    if (extern.kind !== "kconfig") continue;
    const value = optionValue(extern, kernel);
    if (value === undefined) {
      if (extern.weak) continue;
      throw unresolved(extern, "is not set in the configuration of this kernel", "declare it __weak: it is 0 then");
    }
    const holder = extern.type === null ? null : holderOf(btf, extern.type);
    if (holder === null)
      throw unresolved(extern, "has a type that cannot hold an option", "use bool, char, an integer, enum libbpf_tristate or char[]");
    if (!write(view, extern.offset ?? 0, holder, value, btf.endianness === "little")) {
      throw unresolved(extern, `is ${value}, which its type cannot hold`, "give it the type that the option has");
    }
  }
  return bytes;
}

function unresolved(extern: Extern, what: string, hint: string): RuntimeError {
  return new RuntimeError("unresolved-extern", { type: extern.name, message: `${extern.name} ${what}`, hint });
}

/** An option as .config spells it; the loader itself answers for the names that begin with LINUX_. */
function optionValue(extern: Extern, kernel: Kernel): string | undefined {
  switch (extern.name) {
    case "LINUX_KERNEL_VERSION":
      return String(kernel.version);
    case "LINUX_HAS_BPF_COOKIE":
      return hasBpfCookie(kernel.sys) ? "1" : "0";
    case "LINUX_HAS_SYSCALL_WRAPPER":
      return hasSyscallWrapper(kernel) ? "1" : "0";
    default:
      return extern.name.startsWith("CONFIG_") ? kernel.configOption(extern.name) : undefined;
  }
}

const tristates: Readonly<Record<string, number>> = { n: 0, y: 1, m: 2 };

/** False where the value does not fit. */
function write(view: DataView, offset: number, holder: Holder, value: string, little: boolean): boolean {
  const tristate = tristates[value];
  if (tristate !== undefined) return writeTristate(view, offset, holder, value, tristate, little);
  if (value.startsWith('"')) return writeText(view, offset, holder, value);
  if (!/^-?(0[xX][0-9a-fA-F]+|\d+)$/.test(value)) return false;
  const number = value.startsWith("-") ? -BigInt(value.slice(1)) : BigInt(value);
  if (holder.kind === "bool") {
    if (number !== 0n && number !== 1n) return false;
    view.setUint8(offset, Number(number));
    return true;
  }
  if (holder.kind !== "int" && holder.kind !== "char") return false;
  return writeNumber(view, offset, holder.kind === "int" ? holder.bytes : 1, holder.signed, number, little);
}

function writeTristate(view: DataView, offset: number, holder: Holder, value: string, tristate: number, little: boolean): boolean {
  switch (holder.kind) {
    case "bool":
      view.setUint8(offset, tristate);
      return value !== "m";
    case "tristate":
      view.setUint32(offset, tristate, little);
      return true;
    case "char":
      view.setUint8(offset, value.charCodeAt(0));
      return true;
    default:
      return false;
  }
}

/** Longer text is cut, so that a zero follows. */
function writeText(view: DataView, offset: number, holder: Holder, value: string): boolean {
  if (holder.kind !== "text" || !value.endsWith('"') || value.length < 2) return false;
  const text = new TextEncoder().encode(value.slice(1, -1)).subarray(0, holder.bytes - 1);
  new Uint8Array(view.buffer, view.byteOffset + offset, text.length).set(text);
  return true;
}

function writeNumber(view: DataView, offset: number, bytes: number, signed: boolean, value: bigint, little: boolean): boolean {
  const fitting = signed ? BigInt.asIntN(bytes * 8, value) : BigInt.asUintN(bytes * 8, value);
  if (fitting !== value) return false;
  for (let index = 0; index < bytes; index++) {
    view.setUint8(offset + (little ? index : bytes - 1 - index), Number((value >> BigInt(8 * index)) & 0xffn));
  }
  return true;
}
