import type { Btf, BtfId, BtfKind, BtfType } from "../btf/index.ts";
import { essentialName } from "./names.ts";

/** Deep enough for any C type; malformed BTF can be circular. */
const maxDepth = 32;

const isComposite = (type: BtfType): boolean => type.kind === "struct" || type.kind === "union";
/** Integers that carry a bit offset are bit-fields of compilers long gone. */
const isWhole = (type: BtfType): boolean => type.kind === "int" && type.bitOffset === 0;

/** Whether a field of the one type may be read as a field of the other: integers of any size, any two structs, any two pointers. */
export function fieldsCompatible(local: Btf, localId: BtfId, target: Btf, targetId: BtfId): boolean {
  let mine = local.resolve(localId);
  let theirs = target.resolve(targetId);
  for (let depth = 0; depth < maxDepth; depth++) {
    if (isComposite(mine) && isComposite(theirs)) return true;
    if (mine.kind === "array" && theirs.kind === "array") {
      mine = local.resolve(mine.element);
      theirs = target.resolve(theirs.element);
      continue;
    }
    if (mine.kind !== theirs.kind) return false;
    switch (mine.kind) {
      case "pointer":
      case "float":
        return true;
      case "forward":
      case "enum":
        return mine.name === "" || theirs.name === "" || essentialName(mine.name) === essentialName(theirs.name);
      case "int":
        return isWhole(mine) && isWhole(theirs);
      default:
        return false;
    }
  }
  return false;
}

const looselyEqual: ReadonlySet<BtfKind> = new Set(["void", "struct", "union", "enum", "forward"]);

/** Whether two types of one name are the same kind of thing; members are not looked at, pointers are followed. */
export function typesCompatible(local: Btf, localId: BtfId, target: Btf, targetId: BtfId, depth = maxDepth): boolean {
  let mine = local.resolve(localId);
  let theirs = target.resolve(targetId);
  for (let left = depth; left > 0; left--) {
    if (mine.kind !== theirs.kind) return false;
    if (looselyEqual.has(mine.kind)) return true;
    if (mine.kind === "int") return isWhole(mine) && isWhole(theirs);
    if (mine.kind === "pointer" && theirs.kind === "pointer") {
      mine = local.resolve(mine.type);
      theirs = target.resolve(theirs.type);
    } else if (mine.kind === "array" && theirs.kind === "array") {
      mine = local.resolve(mine.element);
      theirs = target.resolve(theirs.element);
    } else if (mine.kind === "function-prototype" && theirs.kind === "function-prototype") {
      const others = theirs.parameters;
      if (mine.parameters.length !== others.length) return false;
      const agree = mine.parameters.every((own, index) => typesCompatible(local, own.type, target, others[index]?.type ?? 0, left - 1));
      if (!agree) return false;
      mine = local.resolve(mine.result);
      theirs = target.resolve(theirs.result);
    } else {
      return false;
    }
  }
  return false;
}
