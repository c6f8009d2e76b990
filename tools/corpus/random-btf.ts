import { isMisplaced, type NewBtfType, scalarAlignment } from "@lbc/core/btf";
import fc from "fast-check";

/** What a random type is drawn from: numbers, each used for one choice. */
type Draw = (limit: number) => number;

/** A type that something can hold by value, with the size and alignment in bytes that C gives it. */
interface Holdable {
  readonly id: number;
  readonly size: number;
  readonly align: number;
  /** Widest bit-field of this type; 0 where there can be none. */
  readonly bits: number;
  /** Whether a member of this type may go without a name: it may once, or names would stand twice in a scope. */
  canBeUnnamed: boolean;
}

const integers: readonly [name: string, size: number, signed: boolean][] = [
  ["int", 4, true],
  ["unsigned char", 1, false],
  ["short int", 2, true],
  ["long long unsigned int", 8, false],
  ["__int128", 16, true],
  ["_Bool", 1, false],
  ["u32", 4, false],
  ["long int", 4, true],
];
const floats: readonly [name: string, size: number][] = [
  ["double", 8],
  ["long double", 16],
  ["long double", 12],
];
/** Few names, so that they clash. */
const names = ["alpha", "beta", "gamma", "delta", "list_head"];

/** BTF that is valid, but as no person would write it: packed and overlapping members, gaps, clashing names, types in any order. */
export const randomBtf: fc.Arbitrary<NewBtfType[]> = fc
  .array(fc.nat(), { minLength: 2_000, maxLength: 2_000 })
  .map((numbers) => new RandomTypes(numbers).make(60));

class RandomTypes {
  readonly #draw: Draw;
  readonly #types: NewBtfType[] = [];
  readonly #holdable: Holdable[] = [];
  #members = 0;

  constructor(numbers: readonly number[]) {
    let next = 0;
    this.#draw = (limit) => (numbers[next++ % numbers.length] ?? 0) % limit;
  }

  make(count: number): NewBtfType[] {
    for (const [name, size, signed] of integers) {
      const bool = name === "_Bool";
      this.#add(
        { kind: "int", name, size, signed, char: false, bool, bits: size * 8, bitOffset: 0 },
        size,
        scalarAlignment(size),
        bool ? 1 : size * 8,
      );
    }
    for (const [name, size] of floats) this.#add({ kind: "float", name, size }, size, scalarAlignment(size));
    while (this.#types.length < count) this.#addOne(count);
    return this.#types;
  }

  #addOne(count: number): void {
    const draw = this.#draw;
    const any = draw(count) + 1;
    const held = this.#pick();
    const name = names[draw(names.length)] ?? "";
    switch (draw(11)) {
      case 0:
        this.#add({ kind: "pointer", name: "", type: this.#target(any) }, 8, 8);
        break;
      case 1:
        this.#add({ kind: "typedef", name, type: held.id }, held.size, held.align, held.bits);
        break;
      case 2:
        this.#add({ kind: "const", name: "", type: held.id }, held.size, held.align, held.bits);
        break;
      case 3: {
        const length = draw(4);
        this.#add({ kind: "array", name: "", element: held.id, index: 1, length }, held.size * length, held.align);
        break;
      }
      case 4:
        this.#addEnum(draw(3) === 0 ? "" : name);
        break;
      case 5:
        this.#add({ kind: "forward", name, of: draw(2) === 0 ? "struct" : "union" });
        break;
      case 6:
        this.#add({ kind: "type-tag", name: "user", type: held.id, attribute: false }, held.size, held.align);
        break;
      default:
        this.#addComposite(draw(4) === 0 ? "" : name);
        break;
    }
  }

  /** What a pointer may point to: in C, no array of what is not complete yet. */
  #target(any: number): number {
    const type = this.#types[any - 1];
    return type === undefined || type.kind === "array" || type.kind === "function-prototype" ? 0 : any;
  }

  #addEnum(name: string): void {
    const [size = 4, wide = false] =
      (
        [
          [4, false],
          [1, false],
          [2, false],
          [8, true],
        ] as const
      )[this.#draw(4)] ?? [];
    const signed = this.#draw(2) === 0;
    // the largest of the type decides of its size by itself, a small one does not
    const magnitude = this.#draw(2) === 0 ? 2n ** BigInt(size * 8 - 1) : BigInt(this.#draw(100));
    const value = magnitude * (signed ? -1n : 1n);
    this.#members++;
    this.#add({ kind: "enum", name, size, wide, signed, values: [{ name: `E${this.#members % 20}`, value }] }, size, size, size * 8);
  }

  #addComposite(name: string): void {
    const draw = this.#draw;
    const kind = draw(3) === 0 ? "union" : "struct";
    const packed = draw(4) === 0;
    const overlapping = draw(12) === 0;
    const members: { name: string; type: number; bitOffset: number; bitSize: number }[] = [];
    let [end, natural, misplaced, position] = [0, 1, false, 0];
    for (let count = draw(6); count > 0; count--) {
      const held = this.#pick();
      const bitSize = held.bits > 0 && draw(3) === 0 ? 1 + draw(held.bits) : 0;
      const unit = bitSize === 0 ? (packed ? 8 : held.align * 8) : 1;
      let bitOffset =
        kind === "union" && !overlapping ? 0 : roundUp(overlapping ? draw(64) : position + (draw(4) === 0 ? draw(300) : 0), unit);
      if (!packed && bitSize > 0 && (bitOffset % (held.size * 8)) + bitSize > held.size * 8) bitOffset = roundUp(bitOffset, held.size * 8);
      position = bitOffset + (bitSize || held.size * 8);
      end = Math.max(end, position);
      natural = Math.max(natural, held.align);
      misplaced ||= isMisplaced(bitOffset, bitSize, held.size, held.align) || (kind === "union" && bitOffset !== 0);
      this.#members++;
      const isUnnamed = held.canBeUnnamed && bitSize === 0 && draw(2) === 0;
      if (isUnnamed) held.canBeUnnamed = false;
      members.push({ name: isUnnamed ? "" : `m${this.#members}`, type: held.id, bitOffset, bitSize });
    }
    const size = roundUp(Math.ceil(end / 8), packed ? 1 : natural) + (draw(5) === 0 ? draw(3) * natural : 0);
    const isLaidOut = !misplaced && !overlapping && size % natural === 0;
    this.#add({ kind, name, size, members }, size, isLaidOut ? natural : 1, 0, name === "");
  }

  #pick(): Holdable {
    return this.#holdable[this.#draw(this.#holdable.length)] as Holdable;
  }

  #add(type: NewBtfType, size = -1, align = 1, bits = 0, canBeUnnamed = false): void {
    this.#types.push(type);
    if (size >= 0 && size < 4096) this.#holdable.push({ id: this.#types.length, size, align, bits, canBeUnnamed });
  }
}

const roundUp = (value: number, unit: number): number => Math.ceil(value / unit) * unit;
