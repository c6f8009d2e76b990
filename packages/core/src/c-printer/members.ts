import {
  type BtfId,
  constKind,
  intKind,
  type RawBtf,
  restrictKind,
  structKind,
  typedefKind,
  typeTagKind,
  unionKind,
  volatileKind,
} from "../btf/index.ts";
import { endless } from "./errors.ts";

/** Types refer to each other in chains (typedef of const of typedef …); a chain longer than this one has no end. */
export const longestChain = 256;

/** The type behind const, volatile, restrict and type tags, and behind typedefs as well where that is wanted. */
export function skip(types: RawBtf, id: BtfId, typedefs: boolean): BtfId {
  let target = id;
  for (let step = 0; step < longestChain; step++) {
    if (target === 0) return 0;
    const at = types.at(target);
    switch (types.kindAt(at)) {
      case typedefKind:
        if (!typedefs) return target;
        target = types.targetAt(at);
        break;
      case constKind:
      case volatileKind:
      case restrictKind:
      case typeTagKind:
        target = types.targetAt(at);
        break;
      default:
        return target;
    }
  }
  throw endless(id);
}

/** Reads one member of a struct or union at a time. */
export class MemberCursor {
  readonly #types: RawBtf;
  readonly #hasOldBitFields: boolean;
  /** Offset in the string table; 0 where it is anonymous. */
  name = 0;
  type: BtfId = 0;
  /** From the start of the struct, in bits. */
  offset = 0;
  /** 0 where it is no bit-field. */
  bits = 0;
  private at = 0;
  private index = 0;

  constructor(types: RawBtf, hasOldBitFields: boolean) {
    this.#types = types;
    this.#hasOldBitFields = hasOldBitFields;
  }

  /** The member at an index of the struct or union whose record is at `at`. */
  read(at: number, index: number): void {
    const { words } = this.#types;
    this.at = at;
    this.index = index;
    const word = at + 3 + index * 3;
    const offset = words[word + 2] ?? 0;
    this.name = this.#types.string(words[word] ?? 0);
    this.type = words[word + 1] ?? 0;
    if (this.#types.flagAt(at)) {
      this.offset = offset & 0xffffff;
      this.bits = offset >>> 24;
    } else {
      this.offset = offset;
      this.bits = 0;
      if (this.#hasOldBitFields) this.#takeOldBitField();
    }
  }

  /** What C has no member for: unnamed, neither a bit-field nor a struct or union. It becomes a gap. */
  isGap(): boolean {
    if (this.name !== 0 || this.bits !== 0) return false;
    const kind = this.#types.kind(skip(this.#types, this.type, true));
    return kind !== structKind && kind !== unionKind;
  }

  /** Bytes up to the next member, or to the end of the struct or union. */
  room(): number {
    const isLast = this.index + 1 === this.#types.countAt(this.at) || this.#types.kindAt(this.at) === unionKind;
    const next = this.#types.words[this.at + 8 + this.index * 3] ?? 0;
    const end = isLast ? this.#types.targetAt(this.at) * 8 : this.#types.flagAt(this.at) ? next & 0xffffff : next;
    return Math.max(0, Math.floor(end / 8) - Math.ceil(this.offset / 8));
  }

  /** Before Linux 4.20 the width and the offset of a bit-field were those of its integer type. */
  #takeOldBitField(): void {
    const id = skip(this.#types, this.type, true);
    if (this.#types.kind(id) !== intKind) return;
    const at = this.#types.at(id);
    const encoding = this.#types.words[at + 3] ?? 0;
    if ((encoding & 0xff) === this.#types.targetAt(at) * 8) return;
    this.offset += (encoding >>> 16) & 0xff;
    this.bits = encoding & 0xff;
  }
}
