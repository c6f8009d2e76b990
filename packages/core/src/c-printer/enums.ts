import { type BtfId, enum64Kind, type RawBtf } from "../btf/index.ts";
import type { TextWriter } from "../bytes/index.ts";
import { badEnum } from "./errors.ts";
import type { CNames } from "./names.ts";

const modes: Readonly<Record<number, string>> = { 1: "byte", 2: "HI", 4: "SI", 8: "DI" };
const integers: Readonly<Record<number, string>> = { 1: "char", 2: "short", 4: "int", 8: "long long" };
const usualSize = 4;

/** Writes an enum with its values and its size; `depth`: tabs before its closing brace. Throws BtfError. */
export function writeEnum(types: RawBtf, names: CNames, out: TextWriter, id: BtfId, depth: number): void {
  const at = types.at(id);
  const size = types.targetAt(at);
  const count = types.countAt(at);
  const isWide = types.kindAt(at) === enum64Kind;
  const isNamed = types.nameAt(at) !== 0;
  // clang records an enum that is only declared with the size 0.
  const isForward = count === 0 && size === 0 && isNamed;
  if (modes[size] === undefined && !isForward) throw badEnum(id, size);
  if (isNamed) {
    out.ascii("enum ");
    names.write(out, id);
  }
  if (isForward) return;
  if (count === 0) {
    // Without values C could not tell its size, and nothing could hold it.
    out.ascii(`${isNamed ? " : " : ""}${types.flagAt(at) ? "signed" : "unsigned"} ${integers[size]}`);
    return;
  }
  if (!isNamed) out.ascii("enum");
  out.ascii(" {\n");
  for (let index = 0; index < count; index++) {
    for (let tab = 0; tab <= depth; tab++) out.ascii("\t");
    const word = at + 3 + index * (isWide ? 3 : 2);
    names.writeEnumerator(out, types.string(types.words[word] ?? 0));
    out.ascii(" = ");
    const low = types.words[word + 1] ?? 0;
    if (isWide) {
      writeWide(out, types.words[word + 2] ?? 0, low, types.flagAt(at));
    } else if (types.flagAt(at)) out.integer(low | 0);
    else {
      out.integer(low);
      if (low > 0x7fffffff) out.ascii("U");
    }
    out.ascii(",\n");
  }
  for (let tab = 0; tab < depth; tab++) out.ascii("\t");
  out.ascii("}");
  if (size !== usualSize) out.ascii(` __attribute__((mode(${modes[size]})))`);
}

function writeWide(out: TextWriter, high: number, low: number, isSigned: boolean): void {
  const bits = (BigInt(high) << 32n) | BigInt(low);
  const value = isSigned ? BigInt.asIntN(64, bits) : bits;
  // The least of 64 bits cannot be written as one literal.
  out.ascii(value === -(2n ** 63n) ? `(-${2n ** 63n - 1n}LL - 1)` : `${value}${isSigned ? "LL" : "ULL"}`);
}
