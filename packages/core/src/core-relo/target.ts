import type { Btf, BtfId, CoreKind } from "../btf/index.ts";
import { fieldsCompatible, typesCompatible } from "./compatible.ts";
import { typesMatch } from "./matches.ts";
import { essentialName } from "./names.ts";
import { type Accessor, familyOf, isFlexible, type Spec } from "./spec.ts";

/** Anonymous structs in each other, and steps of an access. */
const maxDepth = 64;

/** Finds in one candidate what the local access names; null where the candidate does not have it. */
export function matchCandidate(local: Spec, kind: CoreKind, target: Btf, candidate: BtfId): Spec | null {
  switch (familyOf(kind)) {
    case "type": {
      const same = kind === "type_matches" ? typesMatch : typesCompatible;
      return same(local.btf, local.root, target, candidate) ? { btf: target, root: candidate, accessors: [], bitOffset: 0 } : null;
    }
    case "enumerator":
      return matchEnumerator(local, target, candidate);
    case "field":
      return matchField(local, target, candidate);
  }
}

function matchEnumerator(local: Spec, target: Btf, candidate: BtfId): Spec | null {
  const type = target.resolve(candidate);
  if (type.kind !== "enum") return null;
  const wanted = essentialName(local.accessors[0]?.name ?? "");
  const index = type.values.findIndex(({ name }) => essentialName(name) === wanted);
  const found = type.values[index];
  if (found === undefined) return null;
  return { btf: target, root: candidate, accessors: [{ type: type.id, index, name: found.name }], bitOffset: 0 };
}

function matchField(local: Spec, target: Btf, candidate: BtfId): Spec | null {
  const accessors: Accessor[] = [];
  let bitOffset = 0;
  let type = target.resolve(candidate);
  for (const [step, accessor] of local.accessors.entries()) {
    if (accessor.name !== null) {
      const member = findMember(local.btf, accessor, target, type.id, 0);
      if (member === null) return null;
      accessors.push(member.accessor);
      bitOffset += member.bitOffset;
      type = target.resolve(member.type);
      continue;
    }
    if (step > 0) {
      if (type.kind !== "array") return null;
      if (accessor.index >= type.length && !isFlexible(target, accessors.at(-1), type)) return null;
      type = target.resolve(type.element);
    }
    accessors.push({ type: type.id, index: accessor.index, name: null });
    bitOffset += accessor.index * target.size(type.id) * 8;
  }
  return { btf: target, root: candidate, accessors, bitOffset };
}

interface FoundMember {
  readonly accessor: Accessor;
  readonly bitOffset: number;
  readonly type: BtfId;
}

/** The first member of that name, in anonymous structs as well; null where there is none or its type does not fit. */
function findMember(local: Btf, wanted: Accessor, target: Btf, id: BtfId, depth: number): FoundMember | null {
  const type = target.resolve(id);
  if ((type.kind !== "struct" && type.kind !== "union") || depth > maxDepth) return null;
  for (const [index, member] of type.members.entries()) {
    if (member.name === "") {
      const inner = findMember(local, wanted, target, member.type, depth + 1);
      if (inner !== null) return { ...inner, bitOffset: member.bitOffset + inner.bitOffset };
    } else if (member.name === wanted.name) {
      const fits = fieldsCompatible(local, memberType(local, wanted), target, member.type);
      return fits ? { accessor: { type: type.id, index, name: member.name }, bitOffset: member.bitOffset, type: member.type } : null;
    }
  }
  return null;
}

function memberType(btf: Btf, accessor: Accessor): BtfId {
  const type = btf.type(accessor.type);
  return type.kind === "struct" || type.kind === "union" ? (type.members[accessor.index]?.type ?? 0) : 0;
}
