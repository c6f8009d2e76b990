import type { CoreRelocation } from "@lbc/core/btf";
import { type CoreResolver, patchInstruction, type Resolution } from "@lbc/core/core-relo";
import type { Relocation, Section } from "@lbc/core/elf";
import type { BpfObject } from "@lbc/core/object";
import { RuntimeError } from "../errors.ts";
import { Code, isCall, isLoad64, pseudo } from "./code.ts";
import type { SymbolTargets } from "./symbol-targets.ts";

/** A function of the object: a program, or one that programs call. */
export interface Piece {
  readonly name: string;
  readonly sectionIndex: number;
  /** In bytes, in its section. */
  readonly offset: number;
  readonly size: number;
}

/** A piece's place in a linked program, in instructions. */
export interface Placed {
  readonly piece: Piece;
  readonly at: number;
}

export interface Linked {
  readonly instructions: Uint8Array;
  readonly placed: readonly Placed[];
  /** CO-RE relocations whose target this kernel does not have: their instructions must not be reached. */
  readonly poisoned: readonly CoreRelocation[];
}

/** A call or the address of a function: where it stands in its piece, and what it refers to. */
interface Reference {
  /** In instructions. */
  readonly at: number;
  readonly piece: Piece;
}

interface Prepared {
  readonly code: Code;
  readonly references: readonly Reference[];
  readonly poisoned: readonly CoreRelocation[];
}

/** Makes whole programs: a program's own instructions, then those of every function it reaches, as the kernel wants them in one piece. */
export class Linker {
  readonly #object: BpfObject;
  readonly #core: () => CoreResolver;
  readonly #targets: SymbolTargets;
  readonly #prepared = new Map<Piece, Prepared>();

  /** `core` is asked for when the first CO-RE relocation is met. */
  constructor(object: BpfObject, core: () => CoreResolver, targets: SymbolTargets) {
    this.#object = object;
    this.#core = core;
    this.#targets = targets;
  }

  /** Throws RuntimeError `bad-object` for what no compiler writes, and CoreRelocationError. */
  link(program: Piece): Linked {
    const placed: { piece: Piece; at: number; prepared: Prepared }[] = [];
    const starts = new Map<Piece, number>();
    let length = 0;
    const place = (piece: Piece): void => {
      const prepared = this.#prepare(piece);
      placed.push({ piece, at: length, prepared });
      starts.set(piece, length);
      length += piece.size / 8;
      for (const reference of prepared.references) if (!starts.has(reference.piece)) place(reference.piece);
    };
    place(program);
    const whole = new Code(new Uint8Array(length * 8), this.#object.elf.endianness);
    for (const { at, prepared } of placed) {
      whole.bytes.set(prepared.code.bytes, at * 8);
      for (const reference of prepared.references) {
        const from = at + reference.at;
        whole.setImmediate(from, (starts.get(reference.piece) ?? 0) - from - 1);
      }
    }
    return { instructions: whole.bytes, placed, poisoned: placed.flatMap(({ prepared }) => prepared.poisoned) };
  }

  #prepare(piece: Piece): Prepared {
    const known = this.#prepared.get(piece);
    if (known !== undefined) return known;
    const section = this.#section(piece.sectionIndex);
    // A copy, which Buffer's own slice would not make.
    const bytes = new Uint8Array(section.data.subarray(piece.offset, piece.offset + piece.size));
    if (bytes.length !== piece.size || piece.size % 8 !== 0) throw bad(piece, 0, "the function does not lie in its section");
    const code = new Code(bytes, this.#object.elf.endianness);
    const poisoned = this.#applyCore(piece, section, code);
    const references = [...this.#relocate(piece, section, code)];
    const prepared = { code, references, poisoned };
    this.#prepared.set(piece, prepared);
    return prepared;
  }

  #section(index: number): Section {
    const section = this.#object.elf.sections[index];
    if (section === undefined) throw new RuntimeError("bad-object", { message: `there is no section ${index}` });
    return section;
  }

  #applyCore(piece: Piece, section: Section, code: Code): CoreRelocation[] {
    const poisoned: CoreRelocation[] = [];
    for (const relocation of this.#object.btfExt?.relocations ?? []) {
      if (relocation.section !== section.name || !lies(relocation.offset, piece)) continue;
      const resolution: Resolution = this.#core().resolve(relocation);
      patchInstruction(code.bytes, relocation.offset - piece.offset, resolution, this.#object.elf.endianness);
      if (resolution.poison) poisoned.push(relocation);
    }
    return poisoned;
  }

  *#relocate(piece: Piece, section: Section, code: Code): Generator<Reference> {
    const relocations = new Map<number, Relocation>();
    for (const relocation of section.relocations) {
      if (lies(relocation.offset, piece)) relocations.set((relocation.offset - piece.offset) / 8, relocation);
    }
    for (let at = 0; at < code.length; at += isLoad64(code.opcode(at)) ? 2 : 1) {
      const relocation = relocations.get(at);
      const target = relocation === undefined ? this.#unrelocated(piece, code, at) : this.#relocated(piece, code, at, relocation);
      if (target !== null) yield { at, piece: target };
      relocations.delete(at);
    }
    for (const at of relocations.keys()) throw bad(piece, at, "a relocation that applies to no instruction");
  }

  /** Within one section the compiler knows the distance of a call and leaves no relocation. */
  #unrelocated(piece: Piece, code: Code, at: number): Piece | null {
    if (!isCall(code.opcode(at)) || code.source(at) !== pseudo.call) return null;
    return this.#pieceAt(piece, at, piece.sectionIndex, piece.offset + (at + code.immediate(at) + 1) * 8);
  }

  #relocated(piece: Piece, code: Code, at: number, relocation: Relocation): Piece | null {
    const symbol = this.#object.elf.symbols[relocation.symbol];
    if (symbol === undefined) throw bad(piece, at, "a relocation against no symbol");
    const opcode = code.opcode(at);
    if (isCall(opcode)) {
      if (symbol.sectionIndex !== 0) return this.#pieceAt(piece, at, symbol.sectionIndex, symbol.value + (code.immediate(at) + 1) * 8);
      this.#targets.patchCall(symbol, code, at);
      return null;
    }
    if (!isLoad64(opcode) || at + 1 >= code.length)
      throw bad(piece, at, `a relocation of an instruction that is neither call nor address (${symbol.name})`);
    if (symbol.sectionIndex !== 0 && isExecutable(this.#object.elf.sections[symbol.sectionIndex])) {
      code.setSource(at, pseudo.function);
      return this.#pieceAt(piece, at, symbol.sectionIndex, symbol.value + code.immediate(at));
    }
    this.#targets.patchAddress(symbol, code, at);
    return null;
  }

  #pieceAt(from: Piece, at: number, sectionIndex: number, offset: number): Piece {
    const pieces: readonly Piece[] = [...this.#object.subprograms, ...this.#object.programs];
    const found = pieces.find((piece) => piece.sectionIndex === sectionIndex && piece.offset === offset);
    if (found === undefined) throw bad(from, at, "a call of something that is no function");
    return found;
  }
}

/** SHF_EXECINSTR */
const isExecutable = (section: Section | undefined): boolean => section !== undefined && (section.flags & 4) !== 0;

const lies = (offset: number, piece: Piece): boolean => offset >= piece.offset && offset < piece.offset + piece.size;

function bad(piece: Piece, at: number, message: string): RuntimeError {
  return new RuntimeError("bad-object", { type: piece.name, offset: at * 8, message, hint: "compile the object again" });
}
