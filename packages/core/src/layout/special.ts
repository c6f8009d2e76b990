import type { Btf, BtfId } from "../btf/index.ts";
import type { SpecialField } from "./types.ts";

/** Structs that the kernel keeps its own state in when they lie in a map value. @see `btf_get_field_type` in kernel/bpf/btf.c */
const specialStructs: ReadonlyMap<string, SpecialField> = new Map([
  ["bpf_spin_lock", "spin_lock"],
  ["bpf_res_spin_lock", "spin_lock"],
  ["bpf_timer", "timer"],
  ["bpf_wq", "wq"],
  ["bpf_task_work", "task_work"],
  ["bpf_list_head", "list_head"],
  ["bpf_list_node", "list_node"],
  ["bpf_rb_root", "rb_root"],
  ["bpf_rb_node", "rb_node"],
  ["bpf_refcount", "refcount"],
]);

const kernelPointerTags: ReadonlySet<string> = new Set(["kptr", "kptr_untrusted", "percpu_kptr"]);

/** What the kernel makes of a field of this type, itself or as the element of an array; null for plain data. */
export function specialOf(btf: Btf, id: BtfId): SpecialField | null {
  let type = btf.resolve(id);
  while (type.kind === "array") type = btf.resolve(type.element);
  if (type.kind === "struct") return specialStructs.get(type.name) ?? null;
  if (type.kind !== "pointer") return null;
  return pointerTags(btf, type.type).some((tag) => kernelPointerTags.has(tag)) ? "kptr" : null;
}

/** The type tags between a pointer and what it points to, outermost first. */
export function pointerTags(btf: Btf, pointee: BtfId): string[] {
  const tags: string[] = [];
  let type = btf.type(pointee);
  // btf.resolve has refused a cycle of modifiers before, as every pointee is resolved; the bound keeps this one safe by itself.
  for (let left = btf.length; left > 0; left--) {
    if (type.kind === "type-tag") tags.push(type.name);
    else if (type.kind !== "const" && type.kind !== "volatile" && type.kind !== "restrict") break;
    type = btf.type(type.type);
  }
  return tags;
}
