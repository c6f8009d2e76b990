import type { Btf, BtfArray, BtfId, BtfType, CoreKind, CoreRelocation } from "../btf/index.ts";
import { CoreRelocationError } from "./errors.ts";

/** One step of an access: `.name`, or `[index]` where the name is null. */
export interface Accessor {
  /** The struct or enum that has the member, or the array's element; modifiers and typedefs are gone. */
  readonly type: BtfId;
  readonly index: number;
  readonly name: string | null;
}

/** An access as one BTF sees it. Anonymous members are stepped through and leave no accessor. */
export interface Spec {
  readonly btf: Btf;
  readonly root: BtfId;
  readonly accessors: readonly Accessor[];
  /** From the start of the root, in bits. */
  readonly bitOffset: number;
}

export type Requested = Pick<CoreRelocation, "type" | "access" | "kind">;

/** What the three families of relocations ask about. */
export function familyOf(kind: CoreKind): "field" | "type" | "enumerator" {
  switch (kind) {
    case "byte_offset":
    case "byte_size":
    case "exists":
    case "signed":
    case "lshift_u64":
    case "rshift_u64":
      return "field";
    case "enumval_exists":
    case "enumval_value":
      return "enumerator";
    default:
      return "type";
  }
}

const maxAccessors = 64;

function parseAccess(access: string): number[] {
  if (!/^\d{1,9}(:\d{1,9})*$/.test(access)) throw new CoreRelocationError("bad-access", { message: `not an access: "${access}"` });
  const indices = access.split(":").map(Number);
  if (indices.length > maxAccessors)
    throw new CoreRelocationError("bad-access", { message: `more than ${maxAccessors} steps: "${access}"` });
  return indices;
}

const badAccess = (access: string, type: BtfType): CoreRelocationError =>
  new CoreRelocationError("bad-access", { type: type.name, message: `"${access}" leads nowhere in ${type.kind} ${type.name}` });

/** Whether an array is the `[]` at the end of a struct, which may be indexed without a bound. */
export function isFlexible(btf: Btf, holder: Accessor | undefined, array: BtfArray): boolean {
  if (holder === undefined || holder.name === null || array.length > 0) return false;
  const type = btf.type(holder.type);
  return (type.kind === "struct" || type.kind === "union") && holder.index === type.members.length - 1;
}

/** Reads a relocation's access in the BTF of the object that carries it. Throws `bad-access`. */
export function localSpec(btf: Btf, relocation: Requested): Spec {
  const indices = parseAccess(relocation.access);
  const root = btf.resolve(relocation.type);
  const first = indices[0] ?? 0;
  const family = familyOf(relocation.kind);
  if (family === "type") {
    if (indices.length > 1 || first !== 0) throw badAccess(relocation.access, root);
    return { btf, root: relocation.type, accessors: [{ type: root.id, index: 0, name: null }], bitOffset: 0 };
  }
  if (family === "enumerator") {
    const value = root.kind === "enum" && indices.length === 1 ? root.values[first] : undefined;
    if (value === undefined) throw badAccess(relocation.access, root);
    return { btf, root: relocation.type, accessors: [{ type: root.id, index: first, name: value.name }], bitOffset: 0 };
  }
  return fieldSpec(btf, relocation, root, indices);
}

function fieldSpec(btf: Btf, relocation: Requested, root: BtfType, indices: readonly number[]): Spec {
  const first = indices[0] ?? 0;
  const accessors: Accessor[] = [{ type: root.id, index: first, name: null }];
  let bitOffset = first * btf.size(root.id) * 8;
  let type = root;
  for (const index of indices.slice(1)) {
    if (type.kind === "struct" || type.kind === "union") {
      const member = type.members[index];
      if (member === undefined) throw badAccess(relocation.access, type);
      bitOffset += member.bitOffset;
      if (member.name !== "") accessors.push({ type: type.id, index, name: member.name });
      type = btf.resolve(member.type);
    } else if (type.kind === "array") {
      if (index >= type.length && !isFlexible(btf, accessors.at(-1), type)) throw badAccess(relocation.access, type);
      type = btf.resolve(type.element);
      accessors.push({ type: type.id, index, name: null });
      bitOffset += index * btf.size(type.id) * 8;
    } else {
      throw badAccess(relocation.access, type);
    }
  }
  return { btf, root: relocation.type, accessors, bitOffset };
}
