import type { Btf, BtfId } from "../btf/index.ts";

/**
 * C names of types. Tags (struct, union, enum) and ordinary names (typedefs, enumerators) are two name spaces; the second type
 * of one name gets `___2`, which CO-RE takes for the same type ("flavor").
 * @see https://docs.kernel.org/bpf/libbpf/libbpf_overview.html#bpf-co-re-compile-once-run-everywhere
 */
export class CNames {
  readonly #tags = new Map<string, number>();
  readonly #ordinary = new Map<string, number>();
  readonly #chosen = new Map<BtfId, string>();

  /** Names are given in the order of ids, so that the order of printing does not matter. */
  constructor(btf: Btf) {
    for (let id = 1; id < btf.length; id++) {
      const kind = btf.kind(id);
      if (kind === "typedef") this.#chosen.set(id, next(btf.name(id), this.#ordinary));
      else if ((kind === "struct" || kind === "union" || kind === "enum") && btf.name(id) !== "")
        this.#chosen.set(id, next(btf.name(id), this.#tags));
    }
  }

  /** The tag or typedef name of a type that has one. */
  of(id: BtfId): string {
    return this.#chosen.get(id) ?? "";
  }

  enumerator(name: string): string {
    return next(name, this.#ordinary);
  }
}

function next(name: string, space: Map<string, number>): string {
  const uses = (space.get(name) ?? 0) + 1;
  space.set(name, uses);
  return uses === 1 ? name : `${name}___${uses}`;
}
