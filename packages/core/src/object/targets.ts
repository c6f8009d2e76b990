import type { AttachKind } from "./kinds.ts";

/**
 * Makes an attach kind of a section name: `form` is the part before the first slash, `target` the rest, or null where
 * there is none. A target that cannot be understood is null, as if the section had left it open.
 */
export type AttachParser = (form: string, target: string | null) => AttachKind;

/** A C number as `%li` reads it: decimal, 0x hexadecimal or 0 octal. */
const cNumber = "[+-]?(?:0[xX][0-9a-fA-F]+|[0-9]+)";

function parseCNumber(text: string): number {
  const [, sign, digits = ""] = /^([+-]?)(.*)$/.exec(text) ?? [];
  const value = /^0[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number(digits);
  return sign === "-" ? -value : value;
}

/** An empty target is an open one. */
const filled = (text: string | null): string | null => (text === "" ? null : text);

/** `kprobe/FUNCTION+OFFSET` */
export const kprobe: AttachParser = (form, target) => {
  const [, name = null, offset = "0"] = new RegExp(`^([A-Za-z0-9_.]+)(?:\\+(${cNumber}))?`).exec(target ?? "") ?? [];
  return { kind: "kprobe", function: name, offset: parseCNumber(offset), return: form === "kretprobe" };
};

/** `kprobe.multi/PATTERN`, with `*` and `?`. */
export const kprobeMulti: AttachParser = (form, target) => {
  const [pattern = null] = /^[A-Za-z0-9_.*?]+/.exec(target ?? "") ?? [];
  return { kind: "kprobe_multi", pattern, return: form.startsWith("kretprobe"), session: form === "kprobe.session" };
};

/** `ksyscall/NAME` */
export const ksyscall: AttachParser = (form, target) => ({ kind: "ksyscall", syscall: filled(target), return: form === "kretsyscall" });

/** `PATH:REST`; the path may begin with a slash, which then follows that of the section. */
function splitPath(target: string | null): [path: string, rest: string] | null {
  const [, path, rest] = /^([^:]+):(.+)$/.exec(target ?? "") ?? [];
  return path === undefined || rest === undefined ? null : [path, rest];
}

/** `uprobe/PATH:FUNCTION+OFFSET` */
export const uprobe: AttachParser = (form, target) => {
  const returns = form.startsWith("uretprobe");
  const [path, symbol] = splitPath(target) ?? [null, null];
  const [, name, offset] = new RegExp(`^(.+)\\+(${cNumber})$`).exec(symbol ?? "") ?? [];
  if (name === undefined || offset === undefined) return { kind: "uprobe", path, function: symbol, offset: 0, return: returns };
  return { kind: "uprobe", path, function: name, offset: parseCNumber(offset), return: returns };
};

/** `uprobe.multi/PATH:PATTERN` */
export const uprobeMulti: AttachParser = (form, target) => {
  const [path, pattern] = splitPath(target) ?? [null, null];
  return { kind: "uprobe_multi", path, pattern, return: form.startsWith("uretprobe"), session: form.startsWith("uprobe.session") };
};

/** `usdt/PATH:PROVIDER:NAME` */
export const usdt: AttachParser = (_form, target) => {
  const [, path = null, provider = null, name = null] = /^([^:]+):([^:]+):([^:]+)/.exec(target ?? "") ?? [];
  return { kind: "usdt", path, provider, name };
};

/** `tracepoint/CATEGORY/NAME` */
export const tracepoint: AttachParser = (_form, target) => {
  const [, category = null, name = null] = /^([^/]+)\/(.+)$/.exec(target ?? "") ?? [];
  return { kind: "tracepoint", category, name };
};

/** `raw_tp/NAME` */
export const rawTracepoint: AttachParser = (form, target) => ({
  kind: "raw_tracepoint",
  name: filled(target),
  writable: form.endsWith(".w"),
});

/** `tp_btf/NAME` */
export const tpBtf: AttachParser = (_form, target) => ({ kind: "tp_btf", name: filled(target) });

/** `fentry/FUNCTION` and its like. */
export const trampoline: AttachParser = (form, target) => {
  const when = ({ fentry: "entry", fexit: "exit", fmod_ret: "modify_return" } as const)[form.replace(/\.s$/, "")] ?? "session";
  return { kind: "trampoline", when, function: filled(target) };
};

/** `lsm/HOOK` */
export const lsm: AttachParser = (form, target) => ({ kind: form === "lsm_cgroup" ? "lsm_cgroup" : "lsm", hook: filled(target) });

/** `iter/TARGET` */
export const iter: AttachParser = (_form, target) => ({ kind: "iter", target: filled(target) });

/** `freplace/FUNCTION` */
export const freplace: AttachParser = (_form, target) => ({ kind: "freplace", function: filled(target) });
