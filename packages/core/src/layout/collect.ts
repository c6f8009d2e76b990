import { withArticle } from "../article.ts";
import type { Btf, BtfComposite, BtfEnum, BtfId, BtfInt, BtfMember, BtfType, BtfTypedef } from "../btf/index.ts";
import { damaged, LayoutError } from "./errors.ts";
import type { TypeSource, TypeSpec } from "./source.ts";
import { pointerTags } from "./special.ts";

/** A type that is reached by value, and the name of the place (`counts.value`) that an anonymous one is called by. */
export interface Root extends TypeSpec {
  readonly place: string;
}

export type DeclaredType = BtfComposite | BtfEnum | BtfTypedef;

/** One future TypeDecl; its index is the TypeId. */
export interface Entry {
  readonly source: TypeSource;
  readonly type: DeclaredType;
  readonly place: string;
  /** Equal for types that need not be told apart; a contained entry stands in it as its index between two NULs. */
  readonly key: string;
}

/** Deeper nesting than any compiler accepts, so that a hostile BTF cannot exhaust the stack. */
export const maxDepth = 256;

/** Every struct, union, enum and typedef that the roots contain by value, each after those that it contains. */
export class Collection {
  readonly entries: Entry[] = [];
  readonly #indices = new Map<Btf, Map<BtfId, number>>();
  readonly #byKey = new Map<string, number>();
  /** The types that are being looked into, to find one that contains itself. */
  readonly #open = new Set<BtfId>();

  constructor(roots: Iterable<Root>) {
    for (const root of roots) this.#reach(root.source, root.id, root.place);
  }

  /** The entry of a type, undefined where nothing reaches it. */
  indexOf(source: TypeSource, type: BtfType): number | undefined {
    return this.#indices.get(source.btf)?.get(type.id);
  }

  #reach(source: TypeSource, id: BtfId, place: string): void {
    const type = source.bare(id);
    switch (type.kind) {
      case "int":
      case "float":
      case "pointer":
        return;
      case "array":
        this.#nested(type, () => this.#reach(source, type.element, place));
        return;
      case "struct":
      case "union":
      case "enum":
      case "typedef":
        if (this.indexOf(source, type) === undefined) this.#declare(source, type, place);
        return;
      case "forward":
        throw new LayoutError("incomplete-type", {
          type: `${type.of} ${type.name}`,
          message: `${place} holds ${type.of} ${type.name}, which the BTF only names`,
          hint: "supply its definition with --types",
        });
      default:
        throw new LayoutError("not-a-value", {
          type: place,
          message: `${place} is ${withArticle(type.kind)}, which has no size`,
          hint: "only what has a size can be laid out: a struct, union, enum, or a typedef of a value",
        });
    }
  }

  #declare(source: TypeSource, type: DeclaredType, place: string): void {
    this.#nested(type, () => {
      if (type.kind === "typedef") this.#reach(source, type.type, type.name);
      else if (type.kind !== "enum") {
        const base = type.name || place;
        const described = type.members.filter((member) => !isOpaqueMember(source, member));
        for (const member of described) this.#reach(source, member.type, `${base}.${member.name || firstName(source, member.type)}`);
      }
    });
    const key = this.#keyOf(source, type, place);
    const index = this.#byKey.get(key) ?? this.entries.push({ source, type, place, key }) - 1;
    this.#byKey.set(key, index);
    const indices = this.#indices.get(source.btf) ?? new Map<BtfId, number>();
    this.#indices.set(source.btf, indices.set(type.id, index));
  }

  #nested(type: BtfType, inside: () => void): void {
    if (this.#open.has(type.id)) throw damaged("cycle", { type: type.name, message: "a type contains itself" });
    if (this.#open.size === maxDepth) {
      throw damaged("too-deep", { type: type.name, message: `types are nested more than ${maxDepth} deep` });
    }
    this.#open.add(type.id);
    inside();
    this.#open.delete(type.id);
  }

  #keyOf(source: TypeSource, type: DeclaredType, place: string): string {
    const name = type.name === "" ? `@${place}` : type.name;
    switch (type.kind) {
      case "typedef":
        return `typedef ${name} ${this.#signature(source, type.type)}`;
      case "enum": {
        const values = type.values.map((value) => `${value.name}=${value.value}`);
        return `enum ${name} ${type.size} ${type.signed} ${values.join(",")}`;
      }
      default: {
        const members = type.members.map(
          (m) => `${m.name}@${m.bitOffset}:${m.bitSize} ${isOpaqueMember(source, m) ? "?" : this.#signature(source, m.type)}`,
        );
        return `${type.kind} ${name} ${type.size} {${members.join(";")}}`;
      }
    }
  }

  /** What a contained type adds to a key: pointers count by the name that they point to, since nothing is reached through them. */
  #signature(source: TypeSource, id: BtfId): string {
    const type = source.bare(id);
    switch (type.kind) {
      case "int":
        return intSignature(type);
      case "float":
        return `float${type.size}`;
      case "array":
        return `[${type.length}]${this.#signature(source, type.element)}`;
      case "pointer": {
        const target = source.bare(type.type);
        return `*${pointerTags(source.btf, type.type).join(",")} ${target.kind} ${target.name}`;
      }
      default:
        return `\0${this.indexOf(source, type)}\0`;
    }
  }
}

const intSignature = (type: BtfInt): string =>
  `${type.signed ? "int" : "uint"}${type.size}${type.char ? "c" : ""}${type.bool ? "b" : ""}:${type.bitOffset}:${type.bits} ${type.name}`;

/** No bit-field is: C has them of integers only. */
export const isOpaqueMember = (source: TypeSource, { type, bitSize }: BtfMember): boolean => bitSize === 0 && source.isOpaque(type);

/** C has every name only once in a struct and its anonymous members, so the first one inside tells an anonymous member from the others. */
function firstName(source: TypeSource, id: BtfId): string {
  let type = source.bare(id);
  for (let depth = 0; depth < maxDepth && (type.kind === "struct" || type.kind === "union"); depth++) {
    const first = type.members[0];
    if (first === undefined) break;
    if (first.name !== "") return first.name;
    type = source.bare(first.type);
  }
  return type.kind;
}
