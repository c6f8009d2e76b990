import { TextWriter } from "../bytes/index.ts";
import { BtfError } from "./errors.ts";
import { intEncoding, linkages } from "./format.ts";
import {
  arrayKind,
  constKind,
  dataSectionKind,
  declTagKind,
  enum64Kind,
  enumKind,
  floatKind,
  forwardKind,
  functionKind,
  functionPrototypeKind,
  intKind,
  pointerKind,
  type RawBtf,
  restrictKind,
  structKind,
  typedefKind,
  typeTagKind,
  unionKind,
  variableKind,
  volatileKind,
} from "./raw.ts";
import { rawBtf } from "./read.ts";
import type { Btf, BtfId } from "./types.ts";

const kindWords: Readonly<Record<number, string>> = {
  [intKind]: "INT",
  [pointerKind]: "PTR",
  [arrayKind]: "ARRAY",
  [structKind]: "STRUCT",
  [unionKind]: "UNION",
  [enumKind]: "ENUM",
  [forwardKind]: "FWD",
  [typedefKind]: "TYPEDEF",
  [volatileKind]: "VOLATILE",
  [constKind]: "CONST",
  [restrictKind]: "RESTRICT",
  [functionKind]: "FUNC",
  [functionPrototypeKind]: "FUNC_PROTO",
  [variableKind]: "VAR",
  [dataSectionKind]: "DATASEC",
  [floatKind]: "FLOAT",
  [declTagKind]: "DECL_TAG",
  [typeTagKind]: "TYPE_TAG",
  [enum64Kind]: "ENUM64",
};

const encodings: Readonly<Record<number, string>> = {
  0: "(none)",
  [intEncoding.signed]: "SIGNED",
  [intEncoding.char]: "CHAR",
  [intEncoding.bool]: "BOOL",
};

/**
 * Prints the types of a BTF that `readBtf` made, a line for each and one for each of its parts, as `bpftool btf dump file FILE`
 * does; of a split BTF its own. In UTF-8. Throws BtfError.
 */
export function printRaw(btf: Btf): Uint8Array {
  const types = rawBtf(btf);
  const out = new TextWriter(
    () => new BtfError("too-large", { section: ".BTF", message: "the types are more than 128 MiB of text", hint: "print fewer types" }),
    types.words.length * 2,
  );
  const printer = new RawPrinter(types, out);
  for (let id = types.firstOwn; id < types.length; id++) printer.print(id);
  return out.take();
}

class RawPrinter {
  readonly #types: RawBtf;
  readonly #out: TextWriter;

  constructor(types: RawBtf, out: TextWriter) {
    this.#types = types;
    this.#out = out;
  }

  print(id: BtfId): void {
    const at = this.#types.at(id);
    this.#out.ascii("[").integer(id).ascii("] ");
    this.#kindAndName(at);
    this.#details(at);
    this.#out.ascii("\n");
  }

  #details(at: number): void {
    const word = (index: number): number => this.#types.words[at + index] ?? 0;
    switch (this.#types.kindAt(at)) {
      case intKind:
        this.#field(" size=", word(2)).#field(" bits_offset=", (word(3) >>> 16) & 0xff);
        this.#field(" nr_bits=", word(3) & 0xff);
        this.#out.ascii(` encoding=${encodings[(word(3) >>> 24) & 0xf] ?? "UNKN"}`);
        break;
      case arrayKind:
        this.#field(" type_id=", word(3)).#field(" index_type_id=", word(4)).#field(" nr_elems=", word(5));
        break;
      case structKind:
      case unionKind:
        this.#members(at);
        break;
      case enumKind:
      case enum64Kind:
        this.#values(at);
        break;
      case forwardKind:
        this.#out.ascii(this.#types.flagAt(at) ? " fwd_kind=union" : " fwd_kind=struct");
        break;
      case functionKind:
        this.#field(" type_id=", word(2)).#out.ascii(` linkage=${linkages[word(1) & 0xffff] ?? "(unknown)"}`);
        break;
      case functionPrototypeKind:
        this.#parameters(at);
        break;
      case variableKind:
        this.#field(" type_id=", word(2)).#out.ascii(`, linkage=${linkages[word(3)] ?? "(unknown)"}`);
        break;
      case dataSectionKind:
        this.#variables(at);
        break;
      case floatKind:
        this.#field(" size=", word(2));
        break;
      case declTagKind:
        this.#field(" type_id=", word(2)).#field(" component_idx=", word(3) | 0);
        break;
      default:
        this.#field(" type_id=", word(2));
    }
  }

  #members(at: number): void {
    const { words } = this.#types;
    const hasBitSizes = this.#types.flagAt(at);
    this.#field(" size=", words[at + 2] ?? 0).#field(" vlen=", this.#types.countAt(at));
    for (const part of this.#parts(at, 3)) {
      const offset = words[part + 2] ?? 0;
      this.#name(words[part] ?? 0).#field(" type_id=", words[part + 1] ?? 0);
      this.#field(" bits_offset=", hasBitSizes ? offset & 0xffffff : offset);
      if (hasBitSizes && offset >>> 24 !== 0) this.#field(" bitfield_size=", offset >>> 24);
    }
  }

  #values(at: number): void {
    const { words } = this.#types;
    const isSigned = this.#types.flagAt(at);
    const isWide = this.#types.kindAt(at) === enum64Kind;
    this.#out.ascii(isSigned ? " encoding=SIGNED" : " encoding=UNSIGNED");
    this.#field(" size=", words[at + 2] ?? 0).#field(" vlen=", this.#types.countAt(at));
    for (const part of this.#parts(at, isWide ? 3 : 2)) {
      const low = words[part + 1] ?? 0;
      this.#name(words[part] ?? 0);
      if (!isWide) this.#field(" val=", isSigned ? low | 0 : low);
      else {
        const bits = (BigInt(words[part + 2] ?? 0) << 32n) | BigInt(low);
        this.#out.ascii(` val=${isSigned ? `${BigInt.asIntN(64, bits)}LL` : `${bits}ULL`}`);
      }
    }
  }

  #parameters(at: number): void {
    const { words } = this.#types;
    this.#field(" ret_type_id=", words[at + 2] ?? 0).#field(" vlen=", this.#types.countAt(at));
    for (const part of this.#parts(at, 2)) this.#name(words[part] ?? 0).#field(" type_id=", words[part + 1] ?? 0);
  }

  #variables(at: number): void {
    const { words } = this.#types;
    this.#field(" size=", words[at + 2] ?? 0).#field(" vlen=", this.#types.countAt(at));
    for (const part of this.#parts(at, 3)) {
      const type = words[part] ?? 0;
      this.#field("type_id=", type).#field(" offset=", words[part + 1] ?? 0);
      this.#field(" size=", words[part + 2] ?? 0).#out.ascii(" (");
      this.#kindAndName(this.#types.at(type));
      this.#out.ascii(")");
    }
  }

  /** The first word of each part of a type; its line is begun. */
  *#parts(at: number, width: number): Generator<number> {
    const end = at + 3 + width * this.#types.countAt(at);
    for (let part = at + 3; part < end; part += width) {
      this.#out.ascii("\n\t");
      yield part;
    }
  }

  #kindAndName(at: number): void {
    this.#out.ascii(kindWords[this.#types.kindAt(at)] ?? "UNKNOWN").ascii(" ");
    this.#name(this.#types.words[at] ?? 0);
  }

  #name(offset: number): this {
    if (offset === 0) this.#out.ascii("'(anon)'");
    else this.#out.ascii("'").zeroTerminated(this.#types.strings, this.#types.string(offset)).ascii("'");
    return this;
  }

  #field(label: string, value: number): this {
    this.#out.ascii(label).integer(value);
    return this;
  }
}
