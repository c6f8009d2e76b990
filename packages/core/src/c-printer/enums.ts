import { type BtfId, type EnumForm, enum64Kind, enumForm, type RawBtf } from "../btf/index.ts";
import type { TextWriter } from "../bytes/index.ts";
import { badEnum } from "./errors.ts";
import type { CNames } from "./names.ts";

const integers: Readonly<Record<number, string>> = { 1: "char", 2: "short", 4: "int", 8: "long long" };

/** Writes an enum with its values, its size and its sign; `depth`: tabs before its closing brace. Throws BtfError. */
export function writeEnum(types: RawBtf, names: CNames, out: TextWriter, id: BtfId, depth: number): void {
  const at = types.at(id);
  const size = types.targetAt(at);
  const count = types.countAt(at);
  const isNamed = types.nameAt(at) !== 0;
  // clang records an enum that is only declared with the size 0.
  const isForward = count === 0 && size === 0 && isNamed;
  if (integers[size] === undefined && !isForward) throw badEnum(id, size);
  if (isNamed) {
    out.ascii("enum ");
    names.write(out, id);
  }
  if (isForward) return;
  const integer = `${types.flagAt(at) ? "signed" : "unsigned"} ${integers[size]}`;
  if (count === 0) {
    // Without values C could not tell its size, and nothing could hold it.
    out.ascii(`${isNamed ? " : " : ""}${integer}`);
    return;
  }
  if (!isNamed) out.ascii("enum");
  const form = formOf(types, at);
  // clang takes it in C as well, without a warning
  if (form === "fixed") out.ascii(` : ${integer}`);
  out.ascii(" {\n");
  for (let index = 0; index < count; index++) {
    for (let tab = 0; tab <= depth; tab++) out.ascii("\t");
    names.writeEnumerator(out, types.string(types.words[wordOf(types, at, index)] ?? 0));
    out.ascii(" = ");
    writeValue(out, valueAt(types, at, index), types.flagAt(at));
    out.ascii(",\n");
  }
  for (let tab = 0; tab < depth; tab++) out.ascii("\t");
  out.ascii("}");
  if (form === "packed") out.ascii(" __attribute__((packed))");
}

function formOf(types: RawBtf, at: number): EnumForm {
  const count = types.countAt(at);
  let least = valueAt(types, at, 0);
  let greatest = least;
  for (let index = 1; index < count; index++) {
    const value = valueAt(types, at, index);
    if (value < least) least = value;
    if (value > greatest) greatest = value;
  }
  return enumForm(types.targetAt(at), types.flagAt(at), least, greatest);
}

const isWide = (types: RawBtf, at: number): boolean => types.kindAt(at) === enum64Kind;

/** Index of an enumerator's first word. */
const wordOf = (types: RawBtf, at: number, index: number): number => at + 3 + index * (isWide(types, at) ? 3 : 2);

/** The value that the enum's size has room for: a bigint in BTF_KIND_ENUM64. */
function valueAt(types: RawBtf, at: number, index: number): number | bigint {
  const word = wordOf(types, at, index);
  const size = types.targetAt(at);
  const low = types.words[word + 1] ?? 0;
  if (isWide(types, at)) {
    const bits = (BigInt(types.words[word + 2] ?? 0) << 32n) | BigInt(low);
    return types.flagAt(at) ? BigInt.asIntN(size * 8, bits) : BigInt.asUintN(size * 8, bits);
  }
  const unused = Math.max(32 - size * 8, 0);
  return types.flagAt(at) ? (low << unused) >> unused : (low << unused) >>> unused;
}

function writeValue(out: TextWriter, value: number | bigint, isSigned: boolean): void {
  if (typeof value === "number") {
    out.integer(value);
    if (value > 0x7fffffff) out.ascii("U");
    return;
  }
  // The least of 64 bits cannot be written as one literal.
  out.ascii(value === -(2n ** 63n) ? `(-${2n ** 63n - 1n}LL - 1)` : `${value}${isSigned ? "LL" : "ULL"}`);
}
