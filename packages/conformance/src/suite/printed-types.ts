import type { Btf, BtfComposite, BtfId, BtfType } from "@lbc/core/btf";

/** A type that C can name in what is printed from its BTF. */
export interface PrintedType {
  readonly id: BtfId;
  /** As C writes it: `struct event`, `event_t___2`. */
  readonly spelling: string;
}

/** Every struct and union that has a tag or a typedef, and every enum, ascending; the second one of a name is printed as `name___2`. */
export function printedTypes(btf: Btf): PrintedType[] {
  const uses = new Map<string, number>();
  const printed: PrintedType[] = [];
  for (let id = 1; id < btf.length; id++) {
    const type = btf.type(id);
    const isTag = isComposite(type) || (type.kind === "enum" && type.values.length > 0);
    if (!(isTag && type.name !== "") && type.kind !== "typedef" && !isOnlyDeclared(btf, type)) continue;
    const space = `${type.kind === "typedef" ? "typedef" : "tag"} ${type.name}`;
    const use = (uses.get(space) ?? 0) + 1;
    uses.set(space, use);
    if (id < (btf.base?.length ?? 1) || type.kind === "forward" || !(isTag || isComposite(btf.resolve(id)))) continue;
    printed.push({ id, spelling: `${isTag ? `${type.kind} ` : ""}${type.name}${use === 1 ? "" : `___${use}`}` });
  }
  return printed;
}

/** The first forward declaration of a tag that is defined nowhere takes a name as well. */
function isOnlyDeclared(btf: Btf, type: BtfType): boolean {
  if (type.kind !== "forward" || btf.find(type.name, type.of).length > 0) return false;
  return btf.find(type.name, "forward").find((id) => sameTag(btf.type(id), type)) === type.id;
}

const sameTag = (one: BtfType, other: BtfType): boolean => one.kind === "forward" && other.kind === "forward" && one.of === other.of;

const isComposite = (type: BtfType): type is BtfComposite => type.kind === "struct" || type.kind === "union";
