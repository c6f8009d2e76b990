import { withArticle } from "../article.ts";
import { BtfBuilder, type NewBtfType } from "./build.ts";
import { readBtf } from "./read.ts";
import type { Btf, BtfId, BtfType } from "./types.ts";

/**
 * A BTF of some types and what they contain by value; what they point to is declared by name only, as C's `struct sock;` does. Ids are
 * new, in the order of the old ones; declaration tags, functions, variables and sections are left out. Throws BtfError where the types are damaged.
 */
export function subsetBtf(btf: Btf, roots: Iterable<BtfId>): Btf {
  const reached = new Reach(btf);
  for (const root of roots) reached.visit(root, true);
  const ids = [...reached.kept].sort((a, b) => a - b);
  const newIds = new Map(ids.map((id, index) => [id, index + 1]));
  const renumber = (id: BtfId): BtfId => (id === 0 ? 0 : (newIds.get(id) ?? 0));
  const builder = new BtfBuilder();
  for (const id of ids) builder.add(copied(btf.type(id), reached.complete.has(id), renumber));
  return readBtf(builder.build(btf.endianness), { endianness: btf.endianness });
}

/** What has to be in the subset, and which structs and unions have to be complete in it. */
class Reach {
  readonly kept = new Set<BtfId>();
  readonly complete = new Set<BtfId>();
  readonly #btf: Btf;

  constructor(btf: Btf) {
    this.#btf = btf;
  }

  /** `complete`: the type's size is needed, not only its name. */
  visit(root: BtfId, complete: boolean): void {
    const pending: { readonly id: BtfId; readonly complete: boolean }[] = [{ id: root, complete }];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      if (next.id === 0 || (next.complete ? this.complete : this.kept).has(next.id)) continue;
      const type = this.#btf.type(next.id);
      const whole = next.complete || !canBeDeclared(type);
      this.kept.add(next.id);
      if (whole) this.complete.add(next.id);
      for (const { id, byValue } of references(type, whole)) pending.push({ id, complete: byValue });
    }
  }
}

/** Whether C can name the type before it is defined. An array needs the size of its elements; an enum has no declaration of its own. */
function canBeDeclared(type: BtfType): boolean {
  switch (type.kind) {
    case "struct":
    case "union":
      return type.name !== "";
    case "typedef":
    case "const":
    case "volatile":
    case "restrict":
    case "type-tag":
      return true;
    default:
      return false;
  }
}

/** The types that a type mentions, as far as it is needed. */
function* references(type: BtfType, whole: boolean): Iterable<{ readonly id: BtfId; readonly byValue: boolean }> {
  switch (type.kind) {
    case "struct":
    case "union":
      if (whole) for (const member of type.members) yield { id: member.type, byValue: true };
      return;
    case "array":
      yield { id: type.element, byValue: true };
      yield { id: type.index, byValue: true };
      return;
    case "typedef":
    case "const":
    case "volatile":
    case "restrict":
    case "type-tag":
      yield { id: type.type, byValue: whole };
      return;
    case "pointer":
      yield { id: type.type, byValue: false };
      return;
    case "function-prototype":
      yield { id: type.result, byValue: false };
      for (const parameter of type.parameters) yield { id: parameter.type, byValue: false };
      return;
    default:
      return;
  }
}

/** The type with the ids of the subset; a struct or union that only pointers need becomes a declaration. */
function copied(type: BtfType, complete: boolean, renumber: (id: BtfId) => BtfId): NewBtfType {
  switch (type.kind) {
    case "struct":
    case "union":
      if (!complete) return { kind: "forward", name: type.name, of: type.kind };
      return { ...type, members: type.members.map((member) => ({ ...member, type: renumber(member.type) })) };
    case "array":
      return { ...type, element: renumber(type.element), index: renumber(type.index) };
    case "function-prototype": {
      const parameters = type.parameters.map((parameter) => ({ ...parameter, type: renumber(parameter.type) }));
      return { ...type, result: renumber(type.result), parameters };
    }
    case "typedef":
    case "const":
    case "volatile":
    case "restrict":
    case "type-tag":
    case "pointer":
      return { ...type, type: renumber(type.type) };
    case "int":
    case "float":
    case "enum":
    case "forward":
      return type;
    default:
      throw new TypeError(`${withArticle(type.kind)} is not reached from a type`);
  }
}
