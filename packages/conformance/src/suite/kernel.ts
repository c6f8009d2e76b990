import { readFile } from "node:fs/promises";
import { readBtf } from "@lbc/core/btf";
import { printC } from "@lbc/core/c-printer";
import type { Declarations } from "./prepare.ts";

/** Very large structs: thousands of members, bit-fields and anonymous unions at any depth. */
const roots = ["struct task_struct", "struct sk_buff", "struct net_device"];

/** Types of the running kernel as lbc prints them from its BTF, which every machine that compiles BPF programs has. */
export async function kernelDeclarations(): Promise<Declarations> {
  const btf = readBtf(await readFile("/sys/kernel/btf/vmlinux"));
  return { name: "kernel", text: printC(btf, { preserveAccessIndex: false }), roots };
}
