import type { Btf } from "@lbc/core/btf";
import { RunError } from "../errors.ts";
import type { ProbeSource } from "./kernel-probes.ts";

/** A field of a tracepoint's record. */
export interface TracepointField {
  readonly name: string;
  /** As the kernel spells it: `const char *`, `char[16]`; of strings that lie behind the record, `char[]`. */
  readonly type: string;
  /** How the record tells where a string lies: from its own start, or from behind this field. */
  readonly location: "data" | "relative" | null;
  /** In bytes. */
  readonly offset: number;
}

/** The fields that a format file lists, without those that all tracepoints have. @see https://docs.kernel.org/trace/events.html */
export function readFormat(text: string): TracepointField[] {
  return [...text.matchAll(/^\tfield:(.*);\s*offset:(\d+);/gm)].flatMap(([, declaration = "", offset = "0"]) => {
    const [, location, before = "", name = "", length = ""] =
      /^(?:__(data|rel)_loc )?(.*?)\s*\b(\w+)(\[[^\]]*\])?$/.exec(declaration.trim()) ?? [];
    if (name === "" || name.startsWith("common_")) return [];
    const kind = location === "data" ? "data" : location === "rel" ? "relative" : null;
    return { name, type: `${before}${length}`, location: kind, offset: Number(offset) };
  });
}

/** How C reaches the fields of a tracepoint's record. */
export interface TracepointContext {
  /** The struct, which vmlinux.h has: `trace_event_raw_sys_enter`. */
  readonly struct: string;
  /** An expression for each field that `args->NAME` stands for. */
  readonly fields: ReadonlyMap<string, string>;
  /** The names of a system call's arguments, in order; empty for other tracepoints. */
  readonly syscallArguments: readonly string[];
}

/** Throws RunError where the kernel's types do not tell the record. */
export function tracepointContext(category: string, name: string, probes: ProbeSource): TracepointContext {
  const fields = readFormat(probes.format(category, name));
  if (category === "syscalls" && name.startsWith("sys_enter_")) return syscallEnter(fields);
  if (category === "syscalls") return { struct: "trace_event_raw_sys_exit", fields: new Map([["ret", "ctx->ret"]]), syscallArguments: [] };
  return {
    struct: recordStruct(probes.types(), category, name, fields),
    fields: new Map(fields.map((field) => [field.name, access(field)])),
    syscallArguments: [],
  };
}

/** All system calls share a record with six numbers; the format file has their names and types. */
function syscallEnter(all: readonly TracepointField[]): TracepointContext {
  const fields = all.filter(({ name }) => name !== "__syscall_nr");
  return {
    struct: "trace_event_raw_sys_enter",
    fields: new Map(fields.map(({ name, type }, index) => [name, `((${type})ctx->args[${index}])`])),
    syscallArguments: fields.map(({ name }) => name),
  };
}

/** The upper half of what tells a string's place is its length. */
function access({ name, location }: TracepointField): string {
  switch (location) {
    case null:
      return `ctx->${name}`;
    case "data":
      return `((const char *)ctx + (ctx->__data_loc_${name} & 0xffff))`;
    case "relative":
      return `((const char *)(&ctx->__rel_loc_${name} + 1) + (ctx->__rel_loc_${name} & 0xffff))`;
  }
}

/** Tracepoints of one class share its struct, whose name is not the tracepoint's; its members tell it. */
function recordStruct(types: Btf, category: string, name: string, fields: readonly TracepointField[]): string {
  const own = `trace_event_raw_${name}`;
  if (types.find(own, "struct").some((id) => hasFields(types, id, fields))) return own;
  for (let id = 1; id < types.length; id++) {
    if (types.kind(id) !== "struct" || !types.name(id).startsWith("trace_event_raw_")) continue;
    if (hasFields(types, id, fields)) return types.name(id);
  }
  throw new RunError("unknown-probe", {
    message: `the kernel's BTF does not have the record of tracepoint ${category}:${name}`,
    hint: "it may be a module's, whose types vmlinux.h does not have",
  });
}

const memberName = ({ name, location }: TracepointField): string =>
  location === null ? name : `__${location === "data" ? "data" : "rel"}_loc_${name}`;

/** The record's first member holds what all have, its last the strings. */
function hasFields(types: Btf, id: number, fields: readonly TracepointField[]): boolean {
  const type = types.type(id);
  if (type.kind !== "struct") return false;
  const members = new Map(type.members.slice(1).map((member) => [member.name, member.bitOffset / 8]));
  members.delete("__data");
  return members.size === fields.length && fields.every((field) => members.get(memberName(field)) === field.offset);
}
