import type { Btf, BtfComposite, BtfId } from "./types.ts";

/** A deeper array holds itself, and is refused where it is measured. */
const deepestArray = 256;

/** Whether BTF says nothing of a type: clang writes those that BTF has no kind for, such as `_Atomic` and `_Complex`, as void, in arrays too. */
export function isUndescribed(btf: Btf, id: BtfId): boolean {
  let type = btf.resolve(id);
  for (let depth = 0; depth < deepestArray && type.kind === "array"; depth++) type = btf.resolve(type.element);
  return type.kind === "void";
}

/** Bytes that an undescribed member may have: up to the next member or the end of its struct, or none where it is an array without elements. */
export function undescribedBytes(btf: Btf, { kind, size, members }: BtfComposite, index: number): number {
  const member = members[index];
  if (member === undefined) throw new RangeError(`there is no member ${index}`);
  const type = btf.resolve(member.type);
  if (type.kind === "array" && type.length === 0) return 0;
  const next = kind === "struct" ? members[index + 1] : undefined;
  const end = next === undefined ? size : Math.floor(next.bitOffset / 8);
  return Math.max(0, end - member.bitOffset / 8);
}
