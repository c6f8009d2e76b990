import type { Btf, BtfComposite, BtfId } from "../btf/index.ts";

/**
 * Alignment as clang would choose it for what BTF records. BTF records no alignment: a struct is packed where a member or the
 * size could not be as they are otherwise, and as aligned as its most aligned member in every other case.
 */
export class Alignment {
  readonly #btf: Btf;
  /** 0 is not known yet. */
  readonly #known: Uint8Array;
  readonly #packed: Uint8Array;

  constructor(btf: Btf) {
    this.#btf = btf;
    this.#known = new Uint8Array(btf.length);
    this.#packed = new Uint8Array(btf.length);
  }

  /** In bytes, of any type that has a size; 1 for others. */
  of(id: BtfId): number {
    const known = this.#known[id];
    if (known !== undefined && known !== 0) return known;
    // A cycle by value is no valid C; 1 ends it.
    this.#known[id] = 1;
    const align = this.#compute(id);
    this.#known[id] = align;
    return align;
  }

  isPacked(struct: BtfComposite): boolean {
    this.of(struct.id);
    return this.#packed[struct.id] === 1;
  }

  #compute(id: BtfId): number {
    const type = this.#btf.type(id);
    switch (type.kind) {
      case "int":
      case "enum":
        return type.size;
      case "float":
        return type.size === 12 ? 4 : type.size;
      case "pointer":
        return 8;
      case "array":
        return this.of(type.element);
      case "typedef":
      case "const":
      case "volatile":
      case "restrict":
      case "type-tag":
        return this.of(type.type);
      case "struct":
      case "union": {
        const align = type.members.reduce((most, member) => Math.max(most, this.of(member.type)), 1);
        if (!this.#mustPack(type, align)) return align;
        this.#packed[id] = 1;
        return 1;
      }
      default:
        return 1;
    }
  }

  #mustPack(struct: BtfComposite, align: number): boolean {
    if (struct.size % align !== 0) return true;
    return struct.members.some((member) => {
      if (member.bitSize === 0) return member.bitOffset % (this.of(member.type) * 8) !== 0;
      const unit = this.#btf.size(member.type) * 8;
      return (member.bitOffset % unit) + member.bitSize > unit;
    });
  }
}
