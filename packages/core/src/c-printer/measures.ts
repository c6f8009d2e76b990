import {
  arrayKind,
  type BtfId,
  constKind,
  enum64Kind,
  enumKind,
  floatKind,
  intKind,
  isMisplaced,
  pointerKind,
  type RawBtf,
  restrictKind,
  scalarAlignment,
  structKind,
  typedefKind,
  typeTagKind,
  unionKind,
  volatileKind,
} from "../btf/index.ts";
import { badMember, endless, tooLarge, withoutSize } from "./errors.ts";
import { longestChain, type MemberCursor } from "./members.ts";

/** How C has to lay a struct or union out for each member to come where BTF has it. */
const plain = 1;
const packed = 2;
/** Members overlap, or one of a union does not begin at its start: each stands in a struct of its own, in a union. */
const overlaid = 3;

const pointerSize = 8;
const largestType = 0xffffffff;
/** Stands for the alignment of what clang writes as void, in arrays too, since BTF has no kind for it: `_Atomic`, `_Complex`. */
const undescribed = 255;

/**
 * Sizes and alignments in bytes, as clang would choose them for BPF. BTF records no alignment: a struct is packed where a member or
 * the size could not be as they are otherwise, and as aligned as its most aligned member in every other case.
 */
export class Measures {
  readonly #types: RawBtf;
  /** By id; 0 is not known yet. */
  readonly #alignments: Uint8Array;
  readonly #sizes: Uint32Array;
  /** By id of a struct or union. */
  readonly #layouts: Uint8Array;
  readonly #cursor: MemberCursor;
  private nesting = 0;

  constructor(types: RawBtf, cursor: MemberCursor) {
    this.#types = types;
    this.#alignments = new Uint8Array(types.length);
    this.#sizes = new Uint32Array(types.length);
    this.#layouts = new Uint8Array(types.length);
    this.#cursor = cursor;
    // An array of it then has the size 0 only where it has no elements.
    this.#set(0, 1, undescribed);
  }

  /** Throws BtfError `no-size`, `too-large` or, for a struct that `layOut` was not called for, `cycle`. */
  size(id: BtfId): number {
    if ((this.#alignments[id] ?? 0) === 0) this.#measure(id);
    return this.#sizes[id] ?? 0;
  }

  /** Throws as `size` does. */
  alignment(id: BtfId): number {
    if ((this.#alignments[id] ?? 0) === 0) this.#measure(id);
    return this.#alignments[id] ?? 1;
  }

  /** Whether BTF does not say what the member is that the cursor stands on: it is bytes, as many as there is room for. */
  isUndescribed(): boolean {
    return this.alignment(this.#cursor.type) === undescribed;
  }

  /** Of the member that the cursor stands on. Throws as `size` does. */
  memberSize(): number {
    const size = this.size(this.#cursor.type);
    return size !== 0 && this.isUndescribed() ? this.#cursor.room() : size;
  }

  /** Likewise. */
  memberAlignment(): number {
    return this.isUndescribed() ? 1 : this.alignment(this.#cursor.type);
  }

  /** Of a struct or union. */
  isPacked(id: BtfId): boolean {
    return this.#layouts[id] !== plain;
  }

  isOverlaid(id: BtfId): boolean {
    return this.#layouts[id] === overlaid;
  }

  /** Decides how to write a struct or union, after all that it holds by value. Throws BtfError `bad-record` as well. */
  layOut(id: BtfId, at: number): void {
    const cursor = this.#cursor;
    const isUnion = this.#types.kindAt(at) === unionKind;
    const size = this.#types.targetAt(at);
    const count = this.#types.countAt(at);
    let natural = 1;
    let end = 0;
    let layout = plain;
    for (let index = 0; index < count; index++) {
      cursor.read(at, index);
      if (cursor.isGap()) continue;
      const { offset, bits } = cursor;
      if (bits !== 0 && this.isUndescribed()) throw withoutSize(cursor.type);
      const alignment = this.memberAlignment();
      const typeSize = this.memberSize();
      if (bits === 0 && offset % 8 !== 0) throw badMember(id, `begins at bit ${offset}, and is no bit-field`);
      if (bits > typeSize * 8) throw badMember(id, `has ${bits} bits of a type with ${typeSize} bytes`);
      if (isUnion ? offset !== 0 : offset < end) layout = overlaid;
      else if (layout === plain && isMisplaced(offset, bits, typeSize, alignment)) layout = packed;
      end = Math.max(end, offset + (bits === 0 ? typeSize * 8 : bits));
      if (alignment > natural) natural = alignment;
    }
    if (end > size * 8) throw badMember(id, `ends at bit ${end}, behind the ${size} bytes of its type`);
    if (layout === plain && size % natural !== 0) layout = packed;
    this.#layouts[id] = layout;
    this.#set(id, size, layout === plain ? natural : 1);
  }

  #measure(id: BtfId): void {
    if (++this.nesting > longestChain) throw endless(id);
    const at = this.#types.at(id);
    const target = this.#types.targetAt(at);
    switch (this.#types.kindAt(at)) {
      case intKind:
      case floatKind:
      case enumKind:
      case enum64Kind:
        this.#set(id, target, scalarAlignment(target));
        break;
      case pointerKind:
        this.#set(id, pointerSize, pointerSize);
        break;
      case typedefKind:
      case constKind:
      case volatileKind:
      case restrictKind:
      case typeTagKind:
        this.#set(id, this.size(target), this.alignment(target));
        break;
      case arrayKind: {
        const element = this.#types.words[at + 3] ?? 0;
        this.#set(id, this.size(element) * (this.#types.words[at + 5] ?? 0), this.alignment(element));
        break;
      }
      case structKind:
      case unionKind:
        // What a struct holds by value was written before it, unless it holds itself.
        throw endless(id);
      default:
        throw withoutSize(id);
    }
    this.nesting--;
  }

  #set(id: BtfId, size: number, alignment: number): void {
    if (size > largestType) throw tooLarge(id);
    this.#sizes[id] = size;
    this.#alignments[id] = alignment;
  }
}
