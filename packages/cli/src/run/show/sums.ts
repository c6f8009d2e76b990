import { compositeOf, type Layout, leavesOf, resolveTypedefs, type TypeRef } from "@lbc/core/layout";
import { addressOf } from "./addresses.ts";

/** Numbers that tell who, where or when: the sum of two would be a third that nobody has seen. */
const identity = /(?:^|_)(?:[ptug]id|ppid|tgid|cpu|ifindex|ino|port|ts|timestamp)$/i;

/** Whether what each CPU has of a value can be added up: counters, alone, in arrays, or in a struct of nothing else. */
export function isSum(layout: Layout, ref: TypeRef, name: string): boolean {
  if (addressOf(layout, ref, name) !== null || identity.test(name)) return false;
  const type = resolveTypedefs(layout, ref);
  if (type.kind === "array") return !type.text && isSum(layout, type.element, name);
  const composite = compositeOf(layout, ref);
  if (composite === null) return type.kind === "int" && type.role === "number";
  return leavesOf(layout, composite).every((leaf) => leaf.kind === "field" && isSum(layout, leaf.type, leaf.name));
}
