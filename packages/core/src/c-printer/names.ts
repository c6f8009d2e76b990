import { type BtfId, type RawBtf, typedefKind } from "../btf/index.ts";
import type { TextWriter } from "../bytes/index.ts";
import { NameTable } from "./name-table.ts";
import type { Survey } from "./survey.ts";
import { isForward, keywordOf } from "./tags.ts";
import { flavoredNames, identifierAt, isReserved, isUsableName } from "./words.ts";

/** What is noted of a name. */
const usable = 1;
const unusable = 2;
const usedAsTag = 4;
const usedAsOrdinary = 8;
const ofForward = 16;

/**
 * C names of types, enumerators and members. Tags (struct, union, enum) and ordinary names (typedefs, enumerators) are two name
 * spaces; the second type of one name gets `___2`, which CO-RE takes for the same type ("flavor").
 * @see https://docs.kernel.org/bpf/libbpf/libbpf_overview.html#bpf-co-re-compile-once-run-everywhere
 */
export class CNames {
  readonly #types: RawBtf;
  /** Names of types, and of the enumerators that were written. */
  readonly #table: NameTable;
  /** By offset of the name. */
  readonly #flags: Uint8Array;
  /** By id: 1 where the name of the type is in `#renamed`, or that of a forward declaration in `#definitions`. */
  readonly #isOther: Uint8Array;
  readonly #renamed = new Map<BtfId, string>();
  /** From a forward declaration to the type that it stands for. */
  readonly #definitions = new Map<BtfId, BtfId>();
  /** The last number that was given to a name that is there more than once, by the space and the name's offset. */
  readonly #flavors = new Map<number, number>();
  /** Names in the BTF that look as if they were made up. */
  #flavored: ReadonlySet<string> | undefined;
  /** Names that were made up, with the flag of their space. */
  readonly #made = new Set<string>();

  /** Of the types that have a name, ascending: names are given in this order, so that the order of printing does not matter. */
  constructor(types: RawBtf, { named: ids, forwards, enumerators }: Pick<Survey, "named" | "forwards" | "enumerators">) {
    this.#types = types;
    this.#table = new NameTable(types.strings, ids.length + enumerators);
    // By index: an iterator makes an object for each id until V8 has compiled this.
    for (let index = 0; index < ids.length; index++) this.#table.add(types.nameAt(types.at(ids[index] ?? 0)));
    this.#flags = new Uint8Array(types.strings.length);
    this.#isOther = new Uint8Array(types.length);
    this.#resolveForwards(ids, forwards);
    for (let index = 0; index < ids.length; index++) {
      const id = ids[index] ?? 0;
      if (this.#isOther[id] === 1) continue;
      const at = types.at(id);
      const name = types.nameAt(at);
      const renamed = this.#choose(name, types.kindAt(at) === typedefKind ? usedAsOrdinary : usedAsTag);
      if (renamed === null) continue;
      this.#isOther[id] = 1;
      this.#renamed.set(id, renamed);
    }
  }

  /** The type that a forward declaration, of a struct, union or enum, stands for: itself where nothing defines it. */
  definition(id: BtfId): BtfId {
    return this.#definitions.get(id) ?? id;
  }

  /** Writes the tag or typedef name of a type that has one. */
  write(out: TextWriter, id: BtfId): void {
    if (this.#isOther[id] === 0) {
      out.zeroTerminated(this.#types.strings, this.#types.nameAt(this.#types.at(id)));
      return;
    }
    const target = this.definition(id);
    const renamed = this.#renamed.get(target);
    if (renamed === undefined) out.zeroTerminated(this.#types.strings, this.#types.nameAt(this.#types.at(target)));
    else out.ascii(renamed);
  }

  /** Writes the name of an enumerator, which all enumerators and typedefs of a header share one name space with. */
  writeEnumerator(out: TextWriter, offset: number): void {
    this.#table.add(offset);
    const renamed = this.#choose(offset, usedAsOrdinary);
    if (renamed === null) out.zeroTerminated(this.#types.strings, offset);
    else out.ascii(renamed);
  }

  /** Writes the name of a member. One that C reserves gets an underscore; CO-RE cannot reach it by any name. */
  writeMember(out: TextWriter, offset: number): void {
    if (this.#isUsable(offset)) out.zeroTerminated(this.#types.strings, offset);
    else out.ascii(`${identifierAt(this.#types.strings, offset)}_`);
  }

  /** A tag that no type has. */
  fresh(wanted: string): string {
    for (let number = 1; ; number++) {
      const name = number === 1 ? wanted : `${wanted}___${number}`;
      if (this.#claim(name, usedAsTag)) return name;
    }
  }

  /** Where a struct, union or enum is only declared, the first one of its kind and name is meant; else the first declaration. */
  #resolveForwards(ids: Uint32Array, forwards: readonly BtfId[]): void {
    for (const id of forwards) this.#mark(this.#nameOf(id), ofForward);
    if (forwards.length === 0) return;
    const keyOf = (id: BtfId): string => `${keywordOf(this.#types, this.#types.at(id))}${this.#nameOf(id)}`;
    const firsts = new Map<string, BtfId>();
    for (const id of ids) {
      if (((this.#flags[this.#nameOf(id)] ?? 0) & ofForward) === 0) continue;
      const at = this.#types.at(id);
      if (isForward(this.#types, at) || this.#types.kindAt(at) === typedefKind || firsts.has(keyOf(id))) continue;
      firsts.set(keyOf(id), id);
    }
    for (const id of forwards) {
      const first = firsts.get(keyOf(id));
      if (first === undefined) firsts.set(keyOf(id), id);
      else {
        this.#definitions.set(id, first);
        this.#isOther[id] = 1;
      }
    }
  }

  /** Null where the name can be used as it is. */
  #choose(offset: number, space: number): string | null {
    const name = this.#table.canonical(offset);
    const flags = this.#flags[name] ?? 0;
    const isFirst = (flags & space) === 0;
    if (isFirst) this.#mark(name, space);
    if (isFirst && this.#isUsable(offset)) return null;
    const wanted = identifierAt(this.#types.strings, offset);
    const key = name * 2 + (space === usedAsTag ? 0 : 1);
    for (let flavor = this.#flavors.get(key) ?? (isFirst ? 1 : 2); ; flavor++) {
      const made = flavor === 1 ? wanted : `${wanted}___${flavor}`;
      if (!this.#claim(made, space)) continue;
      this.#flavors.set(key, flavor + 1);
      return made;
    }
  }

  /** Whether a made-up name takes the place of no real one; then it is taken. */
  #claim(name: string, space: number): boolean {
    const key = `${space} ${name}`;
    this.#flavored ??= flavoredNames(this.#types.strings);
    if (this.#made.has(key) || isReserved(name) || this.#flavored.has(name) || this.#table.has(name)) return false;
    this.#made.add(key);
    return true;
  }

  #isUsable(offset: number): boolean {
    const known = (this.#flags[offset] ?? 0) & (usable | unusable);
    if (known !== 0) return known === usable;
    const found = isUsableName(this.#types.strings, offset);
    this.#mark(offset, found ? usable : unusable);
    return found;
  }

  #nameOf(id: BtfId): number {
    return this.#table.canonical(this.#types.nameAt(this.#types.at(id)));
  }

  #mark(name: number, flag: number): void {
    this.#flags[name] = (this.#flags[name] ?? 0) | flag;
  }
}
