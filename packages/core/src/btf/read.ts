import { withArticle } from "../article.ts";
import { encodeUtf8 } from "../bytes/index.ts";
import { assertNever } from "../errors.ts";
import { decodeType } from "./decode.ts";
import { BtfError } from "./errors.ts";
import { kindNames } from "./format.ts";
import { NameIndex } from "./name-index.ts";
import { patchedBytes } from "./patch.ts";
import { RawBtf } from "./raw.ts";
import { type BtfTables, readTables } from "./tables.ts";
import type { Btf, BtfId, BtfKind, BtfType } from "./types.ts";

export interface ReadBtfOptions {
  /** Of the object that the BTF was found in; without it the BTF's magic number decides. */
  readonly endianness?: Btf["endianness"];
  /** The kernel's BTF, for that of a module: its ids and string offsets go on where the base ends. */
  readonly base?: Btf | null;
}

const hint = "the type information is damaged; compile the object again";
const voidType: BtfType = { kind: "void", id: 0, name: "" };
/** Types refer to each other in chains (typedef of const of typedef …); a chain longer than this one has no end. */
const longestChain = 256;

/**
 * Reads a .BTF section, or the file /sys/kernel/btf/vmlinux. It finds where each type begins and decodes a type when it
 * is asked for, so that reading the kernel's BTF takes milliseconds. The bytes are kept, and have to stay as they are. Throws BtfError.
 * @see https://docs.kernel.org/bpf/btf.html
 */
export function readBtf(data: Uint8Array, options: ReadBtfOptions = {}): Btf {
  const base = options.base ?? null;
  const tables = readTables(data, options.endianness, base?.stringBytes ?? 0);
  if (base !== null && base.endianness !== tables.endianness) {
    throw new BtfError("base-mismatch", {
      section: ".BTF",
      message: "the base BTF has another byte order",
      hint: "use the BTF of the same kernel",
    });
  }
  return new LazyBtf(tables, base, [], new Map());
}

/** The same BTF with other types at some ids, such as DATASECs whose offsets were filled in. Names and kinds must stay. */
export function replaceTypes(btf: Btf, types: readonly BtfType[]): Btf {
  if (!(btf instanceof LazyBtf)) throw new TypeError("replaceTypes needs a BTF that readBtf made");
  return btf.replaced(types);
}

/**
 * The .BTF section itself, with what {@link replaceTypes} gave in its place: the strings stay where they are. Null where a replaced type
 * takes another place or other strings than before, in a split BTF, and in the other byte order: then BtfBuilder writes it anew.
 */
export function btfBytes(btf: Btf): Uint8Array | null {
  if (!(btf instanceof LazyBtf)) throw new TypeError("btfBytes needs a BTF that readBtf made");
  return btf.bytes();
}

/** The records as they are in the file, for a program that visits every one of them. Types that `replaceTypes` gave are not in it. */
export function rawBtf(btf: Btf): RawBtf {
  if (!(btf instanceof LazyBtf)) throw new TypeError("rawBtf needs a BTF that readBtf made");
  return btf.raw();
}

class LazyBtf implements Btf {
  readonly endianness: Btf["endianness"];
  readonly base: Btf | null;
  readonly length: number;
  readonly stringBytes: number;
  readonly #tables: BtfTables;
  readonly #firstId: number;
  readonly #firstString: number;
  /** By index into `records`. */
  readonly #decoded: (BtfType | undefined)[];
  readonly #replaced: ReadonlyMap<BtfId, BtfType>;
  #index: NameIndex | undefined;

  constructor(tables: BtfTables, base: Btf | null, decoded: (BtfType | undefined)[], replaced: ReadonlyMap<BtfId, BtfType>) {
    this.endianness = tables.endianness;
    this.base = base;
    this.#tables = tables;
    this.#firstId = base?.length ?? 1;
    this.#firstString = tables.firstString;
    this.length = this.#firstId + tables.records.length;
    this.stringBytes = this.#firstString + tables.strings.bytes.length;
    this.#decoded = decoded;
    this.#replaced = replaced;
  }

  replaced(types: readonly BtfType[]): Btf {
    const decoded = this.#decoded.slice();
    const replaced = new Map(this.#replaced);
    for (const type of types) {
      decoded[type.id - this.#firstId] = type;
      replaced.set(type.id, type);
    }
    return new LazyBtf(this.#tables, this.base, decoded, replaced);
  }

  bytes(): Uint8Array | null {
    return this.base === null ? patchedBytes(this.#tables, this.#replaced.values()) : null;
  }

  raw(): RawBtf {
    return new RawBtf(this.#tables, this.base === null ? null : rawBtf(this.base));
  }

  type(id: BtfId): BtfType {
    if (id < this.#firstId) return id === 0 ? voidType : (this.base ?? outOfRange(this, id)).type(id);
    const known = this.#decoded[id - this.#firstId];
    if (known !== undefined) return known;
    const at = this.#record(id);
    const type = decodeType({ id, words: this.#tables.words, at, string: (offset) => this.string(offset) });
    this.#decoded[id - this.#firstId] = type;
    return type;
  }

  name(id: BtfId): string {
    if (id < this.#firstId) return id === 0 ? "" : (this.base ?? outOfRange(this, id)).name(id);
    return this.string(this.#tables.words[this.#record(id)] ?? 0);
  }

  kind(id: BtfId): BtfKind {
    if (id < this.#firstId) return id === 0 ? "void" : (this.base ?? outOfRange(this, id)).kind(id);
    const info = this.#tables.words[this.#record(id) + 1] ?? 0;
    return kindNames[(info >>> 24) & 0x1f] ?? "void";
  }

  find(name: string, kind?: BtfKind): readonly BtfId[] {
    return this.#select(this.base?.find(name) ?? [], this.#names.find(name), (other) => other === name, kind);
  }

  findStartingWith(prefix: string, kind?: BtfKind): readonly BtfId[] {
    const own = this.#names.startingWith(encodeUtf8(prefix));
    return this.#select(this.base?.findStartingWith(prefix) ?? [], own, (other) => other.startsWith(prefix), kind);
  }

  #select(inBase: readonly BtfId[], indices: readonly number[], matches: (name: string) => boolean, kind: BtfKind | undefined): BtfId[] {
    const own = indices.map((index) => index + this.#firstId);
    // A type of a module whose name is in the kernel's string table: the index sees own strings only.
    const borrowed = this.base === null ? [] : this.#borrowing(matches);
    const all = [...inBase, ...[...own, ...borrowed].sort((a, b) => a - b)];
    return kind === undefined ? all : all.filter((id) => this.kind(id) === kind);
  }

  string(offset: number): string {
    if (offset < this.#firstString && this.base !== null) return this.base.string(offset);
    const own = offset - this.#firstString;
    const text = this.#tables.strings.isStart(own) ? this.#tables.strings.at(own) : undefined;
    if (text === undefined) {
      if (offset === 0) return "";
      throw new BtfError("bad-string-offset", {
        section: ".BTF",
        message: `no string begins at offset ${offset} of the string table`,
        hint,
      });
    }
    return text;
  }

  resolve(id: BtfId, options: { readonly typedefs?: boolean } = {}): BtfType {
    const throughTypedefs = options.typedefs ?? true;
    let type = this.type(id);
    for (let step = 0; step < longestChain; step++) {
      switch (type.kind) {
        case "const":
        case "volatile":
        case "restrict":
        case "type-tag":
          type = this.type(type.type);
          break;
        case "typedef":
          if (!throughTypedefs) return type;
          type = this.type(type.type);
          break;
        default:
          return type;
      }
    }
    throw cycle(id);
  }

  size(id: BtfId): number {
    let type = this.type(id);
    let elements = 1;
    for (let step = 0; step < longestChain; step++) {
      switch (type.kind) {
        case "int":
        case "float":
        case "struct":
        case "union":
        case "enum":
        case "data-section":
          return checkedSize(id, elements * type.size);
        case "pointer":
          return checkedSize(id, elements * 8);
        case "array":
          elements = checkedSize(id, elements * type.length);
          type = this.type(type.element);
          break;
        case "typedef":
        case "const":
        case "volatile":
        case "restrict":
        case "variable":
        case "decl-tag":
        case "type-tag":
          type = this.type(type.type);
          break;
        case "void":
        case "forward":
        case "function":
        case "function-prototype":
          throw new BtfError("no-size", { section: ".BTF", message: `type ${id} is ${withArticle(type.kind)}, which has no size`, hint });
        default:
          return assertNever(type);
      }
    }
    throw cycle(id);
  }

  #record(id: BtfId): number {
    return this.#tables.records[id - this.#firstId] ?? outOfRange(this, id);
  }

  get #names(): NameIndex {
    this.#index ??= new NameIndex(this.#tables);
    return this.#index;
  }

  #borrowing(matches: (name: string) => boolean): BtfId[] {
    const found: BtfId[] = [];
    for (const [index, at] of this.#tables.records.entries()) {
      const offset = this.#tables.words[at] ?? 0;
      if (offset !== 0 && offset < this.#firstString && matches(this.string(offset))) found.push(index + this.#firstId);
    }
    return found;
  }
}

function outOfRange(btf: Btf, id: BtfId): never {
  throw new BtfError("type-id-out-of-range", {
    section: ".BTF",
    message: `there is no type ${id}; the last one is ${btf.length - 1}`,
    hint,
  });
}

function cycle(id: BtfId): BtfError {
  return new BtfError("cycle", { section: ".BTF", message: `type ${id} refers to itself without end`, hint });
}

/** The kernel has no type of 4 GiB or more either. */
function checkedSize(id: BtfId, size: number): number {
  if (size <= 0xffffffff) return size;
  throw new BtfError("too-large", { section: ".BTF", message: `type ${id} is larger than 4 GiB`, hint });
}
