import {
  arrayKind,
  type BtfId,
  constKind,
  floatKind,
  forwardKind,
  functionPrototypeKind,
  intKind,
  pointerKind,
  type RawBtf,
  restrictKind,
  structKind,
  typedefKind,
  typeTagKind,
  unionKind,
  volatileKind,
} from "../btf/index.ts";
import type { TextWriter } from "../bytes/index.ts";
import type { BaseTypes } from "./base-types.ts";
import { endless } from "./errors.ts";
import { longestChain, skip } from "./members.ts";
import type { CNames } from "./names.ts";
import { done, type Progress } from "./progress.ts";
import { keywordOf } from "./tags.ts";
import { attributeOf } from "./type-tag.ts";

/** Qualifiers that wait for the pointer or the base type that they belong to. */
const isConst = 1;
const isVolatile = 2;
const isRestrict = 4;

/** What a declaration is written with. */
export interface DeclaratorParts {
  readonly types: RawBtf;
  readonly names: CNames;
  readonly bases: BaseTypes;
  readonly progress: Progress;
  readonly out: TextWriter;
  /** Writes an anonymous struct, union or enum from its keyword on; `depth`: tabs before its closing brace. */
  readonly inline: (id: BtfId, at: number, depth: number) => void;
}

/**
 * Writes types as C spells them, inside out: what stands before a name (`char (*`), then, after the name, what stands behind it
 * (`)[4]`).
 */
export class Declarator {
  readonly #parts: DeclaratorParts;
  readonly #types: RawBtf;
  readonly #out: TextWriter;
  /** Tabs before the line. */
  private depth = 0;
  /** Whether a blank is due before what comes next. */
  private blank = false;
  private nesting = 0;

  constructor(parts: DeclaratorParts) {
    this.#parts = parts;
    this.#types = parts.types;
    this.#out = parts.out;
  }

  /** What stands before a name, with the blank that divides them; `depth`: tabs before the line. Throws BtfError. */
  before(id: BtfId, depth: number): void {
    const outer = this.depth;
    this.depth = depth;
    this.#before(id, 0, false);
    this.#flush();
    this.depth = outer;
  }

  /** What stands behind the name. */
  after(id: BtfId): void {
    if (id === 0) return;
    const at = this.#types.at(id);
    const target = this.#types.targetAt(at);
    switch (this.#types.kindAt(at)) {
      case pointerKind:
        if (this.#bindsTighter(target)) this.#out.ascii(")");
        this.after(target);
        break;
      case arrayKind:
        this.#out
          .ascii("[")
          .integer(this.#types.words[at + 5] ?? 0)
          .ascii("]");
        this.after(this.#types.words[at + 3] ?? 0);
        break;
      case functionPrototypeKind:
        this.#parameters(at);
        this.after(target);
        break;
      case constKind:
      case volatileKind:
      case restrictKind:
      case typeTagKind:
        this.after(target);
        break;
    }
  }

  /** `isElement`: of an array, which even behind a pointer wants its element complete. */
  #before(id: BtfId, qualifiers: number, isElement: boolean): void {
    // An array of void is one of what BTF cannot describe, and of void there is none.
    if (id === 0 || (isElement && skip(this.#types, id, true) === 0)) {
      this.#word(isElement ? "unsigned char" : "void", qualifiers);
      return;
    }
    if (++this.nesting > longestChain) throw endless(id);
    const at = this.#types.at(id);
    const target = this.#types.targetAt(at);
    switch (this.#types.kindAt(at)) {
      case pointerKind:
        this.#pointer(target, qualifiers);
        break;
      case arrayKind:
        this.#before(this.#types.words[at + 3] ?? 0, qualifiers, true);
        break;
      case functionPrototypeKind:
        // There is no qualified function type.
        this.#before(target, 0, false);
        break;
      case constKind:
        this.#before(target, qualifiers | isConst, isElement);
        break;
      case volatileKind:
        this.#before(target, qualifiers | isVolatile, isElement);
        break;
      case restrictKind:
        this.#before(target, qualifiers | isRestrict, isElement);
        break;
      case typeTagKind:
        this.#before(target, qualifiers, isElement);
        this.#word(attributeOf(this.#types, at), 0);
        break;
      default:
        this.#base(id, at, qualifiers, isElement);
    }
    this.nesting--;
  }

  #pointer(target: BtfId, qualifiers: number): void {
    this.#before(target, 0, false);
    this.#flush();
    this.#out.ascii(this.#bindsTighter(target) ? "(*" : "*");
    if ((qualifiers & isConst) !== 0) this.#word("const", 0);
    if ((qualifiers & isVolatile) !== 0) this.#word("volatile", 0);
    if ((qualifiers & isRestrict) !== 0) this.#word("restrict", 0);
  }

  #base(id: BtfId, at: number, qualifiers: number, isElement: boolean): void {
    // C cannot name a type inside its own definition, other than by its tag. BTF of other languages can.
    if (!this.#canBeNamed(id, at, isElement)) {
      this.#word("void", 0);
      this.#flush();
      this.#out.ascii("*");
      return;
    }
    this.#flush();
    this.#qualify(qualifiers);
    const { names, bases, inline } = this.#parts;
    const kind = this.#types.kindAt(at);
    if (kind === intKind || kind === floatKind) bases.write(this.#out, id);
    else if (this.#types.nameAt(at) === 0 && kind !== typedefKind && kind !== forwardKind) inline(id, at, this.depth);
    else {
      if (kind !== typedefKind) this.#out.ascii(keywordOf(this.#types, at));
      names.write(this.#out, id);
    }
    this.blank = true;
  }

  #canBeNamed(id: BtfId, at: number, isElement: boolean): boolean {
    const { declared, defined } = this.#parts.progress;
    const kind = this.#types.kindAt(at);
    if (kind === typedefKind && declared[id] !== done) return false;
    const isAnonymous = (kind === structKind || kind === unionKind) && this.#types.words[at] === 0;
    if (!isElement && !isAnonymous) return true;
    const whole = isElement ? skip(this.#types, id, true) : id;
    const wholeKind = this.#types.kind(whole);
    return (wholeKind !== structKind && wholeKind !== unionKind) || defined[whole] === done;
  }

  #parameters(at: number): void {
    const count = this.#types.countAt(at);
    this.#out.ascii("(");
    // Names of parameters could hide the types of those behind them, and a header needs none.
    for (let index = 0; index < count; index++) {
      const word = at + 3 + index * 2;
      const type = this.#types.words[word + 1] ?? 0;
      const isRest = type === 0 && this.#types.words[word] === 0 && index === count - 1;
      // A function that says nothing of its parameters, `()`, has the rest only.
      if (isRest && index === 0) break;
      if (index > 0) this.#out.ascii(", ");
      if (isRest) this.#out.ascii("...");
      else this.#parameter(type);
    }
    this.#out.ascii(count === 0 ? "void)" : ")");
  }

  #parameter(type: BtfId): void {
    if (skip(this.#types, type, true) === 0) {
      // No parameter is void: BTF cannot describe this one.
      this.#out.ascii("void *");
      return;
    }
    this.#before(type, 0, false);
    this.blank = false;
    this.after(type);
  }

  #bindsTighter(id: BtfId): boolean {
    if (id === 0) return false;
    const kind = this.#types.kind(skip(this.#types, id, false));
    return kind === arrayKind || kind === functionPrototypeKind;
  }

  #word(word: string, qualifiers: number): void {
    if (word === "") return;
    this.#flush();
    this.#qualify(qualifiers);
    this.#out.ascii(word);
    this.blank = true;
  }

  /** `restrict` says nothing of what is no pointer. */
  #qualify(qualifiers: number): void {
    if ((qualifiers & isConst) !== 0) this.#out.ascii("const ");
    if ((qualifiers & isVolatile) !== 0) this.#out.ascii("volatile ");
  }

  #flush(): void {
    if (this.blank) this.#out.ascii(" ");
    this.blank = false;
  }
}
