import { BtfError } from "./errors.ts";
import { kindNumber } from "./format.ts";
import type { BtfTables } from "./tables.ts";
import type { BtfId } from "./types.ts";

/** BTF_KIND_*, each a constant of its own: a switch over them is as fast as one over literals. */
export const {
  void: voidKind,
  int: intKind,
  pointer: pointerKind,
  array: arrayKind,
  struct: structKind,
  union: unionKind,
  enum: enumKind,
  forward: forwardKind,
  typedef: typedefKind,
  volatile: volatileKind,
  const: constKind,
  restrict: restrictKind,
  function: functionKind,
  functionPrototype: functionPrototypeKind,
  variable: variableKind,
  dataSection: dataSectionKind,
  float: floatKind,
  declTag: declTagKind,
  typeTag: typeTagKind,
  enum64: enum64Kind,
} = kindNumber;

const hint = "the type information is damaged; compile the object again";

/**
 * The records of a BTF as they are in the file, by id, for programs that visit all of them: no object is made of any. A split
 * BTF's records and strings follow those of its base.
 * @see https://docs.kernel.org/bpf/btf.html#type-encoding
 */
export class RawBtf {
  /** In the host's byte order. */
  readonly words: Uint32Array;
  /** One more than the largest id. */
  readonly length: number;
  /** The first id that is not the base's. */
  readonly firstOwn: BtfId;
  readonly strings: Uint8Array;
  /** By id, the index of the record's first word; `void` has none. */
  readonly records: Uint32Array;
  /** Behind the last zero byte: a string that begins here has no end. */
  readonly #stringsEnd: number;

  constructor(tables: BtfTables, base: RawBtf | null) {
    const firstWord = base?.words.length ?? 0;
    this.firstOwn = base?.length ?? 1;
    this.length = this.firstOwn + tables.records.length;
    this.records = new Uint32Array(this.length);
    if (base === null) {
      this.words = tables.words;
      this.strings = tables.strings.bytes;
      this.records.set(tables.records, this.firstOwn);
    } else {
      this.words = joined(new Uint32Array(firstWord + tables.words.length), base.words, tables.words);
      this.strings = joined(new Uint8Array(base.strings.length + tables.strings.bytes.length), base.strings, tables.strings.bytes);
      this.records.set(base.records);
      for (let index = 0; index < tables.records.length; index++)
        this.records[this.firstOwn + index] = firstWord + (tables.records[index] ?? 0);
    }
    this.#stringsEnd = this.strings.lastIndexOf(0) + 1;
  }

  /** Index of the first word of a type's record: name, info, size or type, then what the kind adds. Not for `void`. */
  at(id: BtfId): number {
    const at = this.records[id];
    if (at === undefined || id === 0) throw this.#outOfRange(id);
    return at;
  }

  /** BTF_KIND_* of a type; 0 is `void`. */
  kind(id: BtfId): number {
    return id === 0 ? voidKind : this.kindAt(this.at(id));
  }

  kindAt(at: number): number {
    return ((this.words[at + 1] ?? 0) >>> 24) & 0x1f;
  }

  /** Number of members, enumerators, parameters or variables. */
  countAt(at: number): number {
    return (this.words[at + 1] ?? 0) & 0xffff;
  }

  /** The kind_flag, which means another thing for each kind. */
  flagAt(at: number): boolean {
    return (this.words[at + 1] ?? 0) >>> 31 === 1;
  }

  /** Offset of a type's name in `strings`; 0 where it is anonymous. */
  nameAt(at: number): number {
    return this.string(this.words[at] ?? 0);
  }

  /** The size of the type at `at`, or the type that it refers to. */
  targetAt(at: number): number {
    return this.words[at + 2] ?? 0;
  }

  /** The same offset, after a check that a string begins there. Throws BtfError `bad-string-offset`. */
  string(offset: number): number {
    if (offset === 0 || (offset < this.#stringsEnd && this.strings[offset - 1] === 0)) return offset;
    throw new BtfError("bad-string-offset", { section: ".BTF", message: `no string begins at offset ${offset} of the string table`, hint });
  }

  #outOfRange(id: BtfId): BtfError {
    const message = id === 0 ? "void has no record" : `there is no type ${id}; the last one is ${this.length - 1}`;
    return new BtfError("type-id-out-of-range", { section: ".BTF", message, hint });
  }
}

function joined<Numbers extends Uint8Array | Uint32Array>(into: Numbers, first: Numbers, second: Numbers): Numbers {
  into.set(first);
  into.set(second, first.length);
  return into;
}
