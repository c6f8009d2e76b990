import {
  arrayKind,
  type BtfId,
  constKind,
  enum64Kind,
  enumKind,
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
import { BaseTypes } from "./base-types.ts";
import { Composites } from "./composite.ts";
import { Declarator } from "./declarator.ts";
import { writeEnum } from "./enums.ts";
import { endless } from "./errors.ts";
import { Measures } from "./measures.ts";
import { longestChain, MemberCursor } from "./members.ts";
import { CNames } from "./names.ts";
import { begun, done, Progress, untouched } from "./progress.ts";
import { survey } from "./survey.ts";
import { keywordOf } from "./tags.ts";

/** Writes all types that have a name, of a split BTF its own and what they need of the base; tells whether there is a struct or union. */
export function writeDefinitions(types: RawBtf, out: TextWriter): boolean {
  const definitions = new Definitions(types, out);
  definitions.writeAll();
  return definitions.hasRecords;
}

/** Writes definitions in an order that C accepts: what a type holds by value comes first, what it points to is declared. */
class Definitions {
  hasRecords = false;
  readonly #types: RawBtf;
  readonly #out: TextWriter;
  readonly #names: CNames;
  readonly #bases: BaseTypes;
  readonly #progress: Progress;
  readonly #declarator: Declarator;
  readonly #composites: Composites;
  readonly #measures: Measures;
  /** The types that have a name, ascending. */
  readonly #named: Uint32Array;
  readonly #anonymousEnums: readonly BtfId[];
  /** By id: 1 for an anonymous enum that stands inside another type. The others are written for the sake of their constants. */
  readonly #inlined: Uint8Array;
  private nesting = 0;

  constructor(types: RawBtf, out: TextWriter) {
    const found = survey(types);
    const { named, anonymousEnums, hasOldBitFields } = found;
    this.#types = types;
    this.#out = out;
    this.#named = named;
    this.#anonymousEnums = anonymousEnums;
    this.#names = new CNames(types, found);
    this.#bases = new BaseTypes(types, this.#names);
    this.#progress = new Progress(types.length);
    this.#inlined = new Uint8Array(types.length);
    const cursor = new MemberCursor(types, hasOldBitFields);
    this.#measures = new Measures(types, cursor);
    const parts = { types, out, names: this.#names, bases: this.#bases, progress: this.#progress };
    this.#declarator = new Declarator({ ...parts, inline: (id, at, depth) => this.#inline(id, at, depth) });
    this.#composites = new Composites({ ...parts, measures: this.#measures, cursor, declarator: this.#declarator });
  }

  writeAll(): void {
    for (const id of this.#named) if (id >= this.#types.firstOwn) this.#define(id);
    for (const id of this.#anonymousEnums) {
      if (this.#inlined[id] === 1) continue;
      writeEnum(this.#types, this.#names, this.#out, id, 0);
      this.#end();
    }
  }

  /** Makes a type complete: what holds it by value may follow. */
  #define(id: BtfId): void {
    const { defined } = this.#progress;
    if (id === 0 || defined[id] !== untouched) return;
    const at = this.#types.at(id);
    this.#deeper(id);
    defined[id] = begun;
    switch (this.#types.kindAt(at)) {
      case constKind:
      case volatileKind:
      case restrictKind:
      case typeTagKind:
        this.#define(this.#types.targetAt(at));
        break;
      case arrayKind:
        this.#define(this.#types.words[at + 3] ?? 0);
        break;
      case typedefKind:
        this.#define(this.#types.targetAt(at));
        this.#declare(id);
        break;
      case structKind:
      case unionKind:
        this.#defineComposite(id, at);
        break;
      default:
        this.#declare(id);
    }
    defined[id] = done;
    this.nesting--;
  }

  #defineComposite(id: BtfId, at: number): void {
    const { defined } = this.#progress;
    const { words } = this.#types;
    const end = at + 4 + this.#types.countAt(at) * 3;
    for (let word = at + 4; word < end; word += 3) {
      const type = words[word] ?? 0;
      if (defined[type] !== done) this.#define(type);
    }
    this.#measures.layOut(id, at);
    if (this.#types.nameAt(at) === 0) return;
    this.hasRecords = true;
    this.#composites.define(id);
    this.#end();
  }

  /** Makes a type's name known, as far as a pointer to it needs. */
  #declare(id: BtfId): void {
    if (id === 0 || this.#progress.declared[id] !== untouched) return;
    const at = this.#types.at(id);
    this.#deeper(id);
    this.#progress.declared[id] = begun;
    switch (this.#types.kindAt(at)) {
      case pointerKind:
      case constKind:
      case volatileKind:
      case restrictKind:
      case typeTagKind:
        this.#declare(this.#types.targetAt(at));
        break;
      case arrayKind:
        // Even a pointer to an array wants its element complete.
        this.#define(this.#types.words[at + 3] ?? 0);
        break;
      case functionPrototypeKind:
        this.#declarePrototype(at);
        break;
      case typedefKind:
        this.#declareTypedef(id, at);
        break;
      case structKind:
      case unionKind:
        if (this.#types.nameAt(at) === 0) this.#define(id);
        else if (this.#progress.defined[id] !== done) this.#declareTag(id, at);
        break;
      case forwardKind:
      case enumKind:
      case enum64Kind:
        this.#declareForwardOrEnum(id, at);
        break;
      case intKind:
      case floatKind:
        this.#bases.define(this.#out, id);
        break;
    }
    this.#progress.declared[id] = done;
    this.nesting--;
  }

  #declareTypedef(id: BtfId, at: number): void {
    const target = this.#types.targetAt(at);
    this.#declare(target);
    this.#out.ascii("typedef ");
    this.#declarator.before(target, 0);
    this.#names.write(this.#out, id);
    this.#declarator.after(target);
    this.#end();
  }

  #declarePrototype(at: number): void {
    this.#declare(this.#types.targetAt(at));
    const count = this.#types.countAt(at);
    for (let index = 0; index < count; index++) this.#declare(this.#types.words[at + 4 + index * 2] ?? 0);
  }

  #declareForwardOrEnum(id: BtfId, at: number): void {
    const definition = this.#names.definition(id);
    if (definition !== id) this.#declare(definition);
    else if (this.#types.kindAt(at) === forwardKind) this.#declareTag(id, at);
    else if (this.#types.nameAt(at) !== 0) {
      writeEnum(this.#types, this.#names, this.#out, id, 0);
      this.#end();
    }
  }

  #declareTag(id: BtfId, at: number): void {
    this.#out.ascii(keywordOf(this.#types, at));
    this.#names.write(this.#out, id);
    this.#end();
  }

  #inline(id: BtfId, at: number, depth: number): void {
    const kind = this.#types.kindAt(at);
    if (kind === structKind || kind === unionKind) {
      this.hasRecords = true;
      this.#composites.inline(id, at, depth);
    } else {
      this.#inlined[id] = 1;
      writeEnum(this.#types, this.#names, this.#out, id, depth);
    }
  }

  #end(): void {
    this.#out.ascii(";\n\n");
  }

  #deeper(id: BtfId): void {
    if (++this.nesting > longestChain) throw endless(id);
  }
}
