import { type Btf, type BtfId, type BtfType, isUndescribed } from "../btf/index.ts";

/** A BTF and what layout looks up in it: documentation, and names. */
export class TypeSource {
  readonly btf: Btf;
  #docs: Map<string, string[]> | null = null;

  constructor(btf: Btf) {
    this.btf = btf;
  }

  /** The texts of the declaration tags `doc:…` on a type, function or variable, or on one of its members (`component`), a line each. */
  doc(id: BtfId, component = -1): string | null {
    this.#docs ??= readDocs(this.btf);
    return this.#docs.get(`${id}:${component}`)?.join("\n") ?? null;
  }

  /** Sees through const, volatile, restrict and type tags; typedefs stay. */
  bare(id: BtfId): BtfType {
    return this.btf.resolve(id, { typedefs: false });
  }

  /** Whether a type is bytes to everybody but the program: BTF has no kind for `_Atomic` and the like. */
  isOpaque(id: BtfId): boolean {
    return isUndescribed(this.btf, id);
  }
}

/** A type in one of the BTFs that an object's types come from. */
export interface TypeSpec {
  readonly source: TypeSource;
  readonly id: BtfId;
}

const docPrefix = "doc:";

function readDocs(btf: Btf): Map<string, string[]> {
  const docs = new Map<string, string[]>();
  for (let id = 1; id < btf.length; id++) {
    if (btf.kind(id) !== "decl-tag") continue;
    const tag = btf.type(id);
    if (tag.kind !== "decl-tag" || !tag.name.startsWith(docPrefix)) continue;
    const key = `${tag.type}:${tag.component}`;
    const texts = docs.get(key);
    const text = tag.name.slice(docPrefix.length).trim();
    if (texts === undefined) docs.set(key, [text]);
    else texts.push(text);
  }
  return docs;
}
