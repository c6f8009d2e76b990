import { type BtfId, floatKind, intEncoding, type RawBtf, scalarAlignment } from "../btf/index.ts";
import type { TextWriter } from "../bytes/index.ts";
import type { CNames } from "./names.ts";

/** Sizes in bytes for BPF of the words of an arithmetic type, without `signed` and `unsigned`. */
const signableSizes: ReadonlyMap<string, number> = new Map([
  ["char", 1],
  ["short", 2],
  ["short int", 2],
  ["", 4],
  ["int", 4],
  ["long", 8],
  ["long int", 8],
  ["long long", 8],
  ["long long int", 8],
  ["__int128", 16],
]);
const otherSizes: ReadonlyMap<string, number> = new Map([
  ["", 0],
  ["_Bool", 1],
  ["float", 4],
  ["double", 8],
  ["long double", 8],
]);
const integers: Readonly<Record<number, string>> = { 1: "char", 2: "short", 4: "int", 8: "long long", 16: "__int128" };
const floats: Readonly<Record<number, string>> = { 4: "float", 8: "double" };

const asNamed = 1;
const replaced = 2;

/**
 * C's words for integers and floats. A type that C for BPF does not have under the name that BTF gives it, such as Rust's `u32` or
 * x86's `long double` of 16 bytes, becomes one of the same size and alignment.
 */
export class BaseTypes {
  readonly #types: RawBtf;
  readonly #names: CNames;
  /** By id: `asNamed`, `replaced`, or 0 where it was not looked at. */
  readonly #state: Uint8Array;
  readonly #replacements = new Map<BtfId, string>();
  /** By size in bytes: tags of structs that stand for what C has no arithmetic type for. */
  readonly #opaque = new Map<number, string>();

  constructor(types: RawBtf, names: CNames) {
    this.#types = types;
    this.#names = names;
    this.#state = new Uint8Array(types.length);
  }

  /** Must be called before the first `write` of the type: some need a definition. */
  define(out: TextWriter, id: BtfId): void {
    if (this.#state[id] !== 0) return;
    const at = this.#types.at(id);
    const size = this.#types.targetAt(at);
    const name = nameOf(this.#types, at);
    if (sizeOfWords(name) === size) {
      this.#state[id] = asNamed;
      return;
    }
    this.#state[id] = replaced;
    this.#replacements.set(id, this.#spell(at, size) ?? this.#defineOpaque(out, size));
  }

  write(out: TextWriter, id: BtfId): void {
    if (this.#state[id] === replaced) out.ascii(this.#replacements.get(id) ?? "");
    else out.zeroTerminated(this.#types.strings, this.#types.nameAt(this.#types.at(id)));
  }

  #spell(at: number, size: number): string | null {
    if (this.#types.kindAt(at) === floatKind && floats[size] !== undefined) return floats[size];
    const encoding = (this.#types.words[at + 3] ?? 0) >>> 24;
    const isInteger = this.#types.kindAt(at) !== floatKind;
    if (isInteger && size === 1 && (encoding & intEncoding.bool) !== 0) return "_Bool";
    const word = integers[size];
    if (word === undefined) return null;
    return `${isInteger && (encoding & intEncoding.signed) !== 0 ? "signed" : "unsigned"} ${word}`;
  }

  #defineOpaque(out: TextWriter, size: number): string {
    const known = this.#opaque.get(size);
    if (known !== undefined) return known;
    const name = `struct ${this.#names.fresh(`bytes${size}`)}`;
    const alignment = scalarAlignment(size);
    out.ascii(`${name} {\n\tunsigned ${integers[alignment]} bytes[${size / alignment}];\n};\n\n`);
    this.#opaque.set(size, name);
    return name;
  }
}

function nameOf(types: RawBtf, at: number): string {
  let name = "";
  for (let offset = types.nameAt(at); ; offset++) {
    const byte = types.strings[offset] ?? 0;
    if (byte === 0) return name;
    name += String.fromCharCode(byte);
  }
}

/** Undefined where the words are no arithmetic type of C. */
function sizeOfWords(name: string): number | undefined {
  if (otherSizes.has(name)) return otherSizes.get(name);
  const words = name.split(" ");
  const signs = words.filter((word) => word === "signed" || word === "unsigned");
  if (signs.length > 1) return undefined;
  const rest = words.filter((word) => word !== "signed" && word !== "unsigned");
  // `int` may stand anywhere; written last, the rest is one of a few forms.
  const sorted = [...rest.filter((word) => word !== "int"), ...rest.filter((word) => word === "int")];
  return signableSizes.get(sorted.join(" "));
}
