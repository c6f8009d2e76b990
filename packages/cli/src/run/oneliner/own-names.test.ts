import { BtfBuilder, readBtf } from "@lbc/core/btf";
import { expect, test } from "vitest";
import { scalar } from "./builtins.ts";
import { draftOf } from "./draft.ts";
import type { ProbeSource } from "./kernel-probes.ts";
import { printSource } from "./source.ts";

/** A kernel with functions that have these parameters. */
function kernelWith(functions: Readonly<Record<string, readonly string[]>>): ProbeSource {
  const btf = new BtfBuilder();
  const type = btf.add({
    kind: "typedef",
    name: "u64",
    type: btf.add({ kind: "int", name: "unsigned long", size: 8, signed: false, char: false, bool: false, bits: 64, bitOffset: 0 }),
  });
  for (const [name, parameters] of Object.entries(functions)) {
    const named = parameters.map((parameter) => ({ name: parameter, type }));
    const prototype = btf.add({ kind: "function-prototype", name: "", result: type, parameters: named });
    btf.add({ kind: "function", name, type: prototype, linkage: "global" });
  }
  const types = readBtf(btf.build());
  return { functions: () => [], tracepoints: () => [], format: () => "", types: () => types };
}

const source = (text: string, functions: Readonly<Record<string, readonly string[]>>): string =>
  printSource(draftOf(text, kernelWith(functions)), { types: Array(8).fill(scalar("u64")), named: false });

test("an argument hides the variable of its name, and the context, the result and maps keep theirs", () => {
  const c = source("fexit:kill { sum(sig, pid); hist(retval); put(left, args->ctx, args->values + arg2); }", {
    kill: ["pid", "sig", "ctx", "retval", "values", "arg2"],
  });
  expect(c).toContain("int BPF_PROG(on_kill, u64 pid_arg, u64 sig, u64 ctx_arg, u64 retval_arg, u64 values_arg, u64 arg2_arg, u64 retval)");
  expect(c).toContain("lbc_key.pid = pid_arg;");
  expect(c).toContain("s64 lbc_value = retval;");
  expect(c).toContain("lbc_key = ctx_arg;");
  expect(c).toContain("lbc_value = values_arg + arg2;");
  expect(c).toContain("__auto_type arg2 = ctx_arg;");
});

test("a variable means the same at all hooks of a clause, whatever their arguments are called", () => {
  const c = source("fentry:one, fentry:two { count(pid, args->pid, sig, events); }", {
    one: ["pid", "sig", "events"],
    two: ["events", "sig", "pid"],
  });
  expect(c).toContain("int BPF_PROG(on_two, u64 events_arg, u64 sig, u64 pid_arg)");
  for (const line of ["lbc_key.pid = pid;", "lbc_key.pid_2 = pid_arg;", "lbc_key.sig = sig;", "lbc_key.events = events_arg;"])
    expect(c.split(line)).toHaveLength(3);
});

test("a stack of the process goes with the process, even where an argument is called pid", () => {
  const c = source("fentry:kill { count(ustack, pid); }", { kill: ["pid"] });
  expect(c).toContain("lbc_key.pid = (u32)(bpf_get_current_pid_tgid() >> 32);");
  expect(c).toContain("lbc_key.pid_2 = pid_arg;");
});
