import { type BtfId, type RawBtf, structKind } from "../btf/index.ts";
import type { TextWriter } from "../bytes/index.ts";
import type { Declarator } from "./declarator.ts";
import type { Measures } from "./measures.ts";
import { type MemberCursor, skip } from "./members.ts";
import type { CNames } from "./names.ts";
import { keywordOf } from "./tags.ts";

/** From so many bits on, a gap is an array; unnamed bit-fields would be a line for each 8 bytes. */
const longGap = 512;
const longestBitField = 64;
const packedAttribute = " __attribute__((packed))";

export interface CompositeParts {
  readonly types: RawBtf;
  readonly names: CNames;
  readonly measures: Measures;
  readonly cursor: MemberCursor;
  readonly declarator: Declarator;
  readonly out: TextWriter;
}

/** Writes structs and unions: every member at the offset that BTF gives it. */
export class Composites {
  readonly #parts: CompositeParts;
  readonly #types: RawBtf;
  readonly #out: TextWriter;
  readonly #cursor: MemberCursor;
  /** Arrays that fill gaps in the definition that is being written: its anonymous members share its scope. */
  private gapArrays = 0;

  constructor(parts: CompositeParts) {
    this.#parts = parts;
    this.#types = parts.types;
    this.#out = parts.out;
    this.#cursor = parts.cursor;
  }

  /** The definition of a type that has a tag, without a semicolon. */
  define(id: BtfId): void {
    const at = this.#types.at(id);
    this.gapArrays = 0;
    this.#out.ascii(keywordOf(this.#types, at));
    this.#parts.names.write(this.#out, id);
    this.#body(id, at, 0);
  }

  /** The type without its tag, inside of a declaration; `depth`: tabs before its closing brace. */
  inline(id: BtfId, at: number, depth: number): void {
    if (depth === 0) this.gapArrays = 0;
    this.#out.ascii(this.#types.kindAt(at) === structKind ? "struct" : "union");
    this.#body(id, at, depth);
  }

  #body(id: BtfId, at: number, depth: number): void {
    const { measures } = this.#parts;
    const isStruct = this.#types.kindAt(at) === structKind;
    const isPacked = measures.isPacked(id);
    this.#out.ascii(" {\n");
    const start = this.#out.length;
    const position = measures.isOverlaid(id)
      ? this.#overlaid(at, depth + 1)
      : isStruct
        ? this.#sequence(at, depth + 1, isPacked)
        : this.#alternatives(at, depth + 1);
    const size = this.#types.targetAt(at) * 8;
    if (roundUp(position, isPacked ? 8 : measures.alignment(id) * 8) < size) {
      if (isStruct) this.#gap(position, size, depth + 1);
      else this.#gapArray(size, depth + 1);
    }
    if (this.#out.length === start) this.#out.remove(start - 1);
    else this.#out.tabs(depth);
    this.#out.ascii("}");
    if (isPacked) this.#out.ascii(packedAttribute);
  }

  /** The members of a struct, one behind the other; gives the bit behind the last one. */
  #sequence(at: number, depth: number, isPacked: boolean): number {
    const { measures } = this.#parts;
    const cursor = this.#cursor;
    const count = this.#types.countAt(at);
    let position = 0;
    for (let index = 0; index < count; index++) {
      cursor.read(at, index);
      if (cursor.isGap()) continue;
      const { offset, bits } = cursor;
      const size = measures.memberSize() * 8;
      let natural = position;
      if (bits === 0) natural = roundUp(position, isPacked ? 8 : measures.memberAlignment() * 8);
      else if (!isPacked && (position % size) + bits > size) natural = roundUp(position, size);
      if (natural !== offset) this.#gap(position, offset, depth);
      this.#member(depth);
      position = offset + (bits === 0 ? size : bits);
    }
    return position;
  }

  /** The members of a union; gives the size of the largest in bits. */
  #alternatives(at: number, depth: number): number {
    const cursor = this.#cursor;
    const count = this.#types.countAt(at);
    let end = 0;
    for (let index = 0; index < count; index++) {
      cursor.read(at, index);
      if (cursor.isGap()) continue;
      end = Math.max(end, cursor.bits === 0 ? this.#parts.measures.memberSize() * 8 : cursor.bits);
      this.#member(depth);
    }
    return end;
  }

  /** Members that C cannot put behind each other, each in a struct that brings it to its place; gives the bit behind the last one. */
  #overlaid(at: number, depth: number): number {
    const cursor = this.#cursor;
    const count = this.#types.countAt(at);
    let end = 0;
    this.#line(depth, "union {\n");
    for (let index = 0; index < count; index++) {
      cursor.read(at, index);
      if (cursor.isGap()) continue;
      const { offset, bits } = cursor;
      const size = this.#parts.measures.memberSize() * 8;
      this.#line(depth + 1, "struct {\n");
      this.#gap(0, offset, depth + 2);
      this.#member(depth + 2);
      this.#line(depth + 1, `}${packedAttribute};\n`);
      end = Math.max(end, offset + (bits === 0 ? size : bits));
    }
    this.#line(depth, `}${packedAttribute};\n`);
    return roundUp(end, 8);
  }

  /** The member that the cursor stands on. */
  #member(depth: number): void {
    const { name, type, bits } = this.#cursor;
    const { declarator, measures, names } = this.#parts;
    this.#out.tabs(depth);
    if (name !== 0 && measures.isUndescribed()) {
      this.#out.ascii("unsigned char ");
      names.writeMember(this.#out, name);
      this.#out.ascii("[").integer(measures.memberSize()).ascii("];\n");
      return;
    }
    // A tagged struct without a member name needs -fms-extensions; its members written out do not.
    const anonymous = name === 0 && bits === 0 ? skip(this.#types, type, true) : 0;
    if (anonymous !== 0) this.inline(anonymous, this.#types.at(anonymous), depth);
    else {
      declarator.before(type, depth);
      if (name !== 0) names.writeMember(this.#out, name);
      declarator.after(type);
      if (bits !== 0) this.#out.ascii(" : ").integer(bits);
    }
    this.#out.ascii(";\n");
  }

  /** Fills a gap of a struct. Unnamed bit-fields, none across a 64-bit boundary, fill any and align nothing. */
  #gap(from: number, to: number, depth: number): void {
    if (to - from >= longGap && from % 8 === 0 && to % 8 === 0) {
      this.#gapArray(to - from, depth);
      return;
    }
    for (let position = from; position < to; ) {
      const bits = Math.min(longestBitField - (position % longestBitField), to - position);
      this.#line(depth, `long : ${bits};\n`);
      position += bits;
    }
  }

  #gapArray(bits: number, depth: number): void {
    this.gapArrays++;
    this.#line(depth, `char __lbc_gap${this.gapArrays}[${bits / 8}];\n`);
  }

  #line(depth: number, text: string): void {
    this.#out.tabs(depth).ascii(text);
  }
}

const roundUp = (value: number, unit: number): number => Math.ceil(value / unit) * unit;
