import type { Bits } from "@lbc/core/layout";
import type { Scope } from "./scope.ts";
import { fieldArgument, fitted, formOf, isLittle, type Place, typeText } from "./values.ts";

/** The widest field that JavaScript's bit operators reach. */
const widestNumber = 32;

/** A bool or an enum where the field is declared so; else a number, or a bigint where it is wider than 32 bits. */
export function bitsType(scope: Scope, { bitSize, type }: Bits): string {
  const { kind } = formOf(scope, type);
  if (kind === "boolean" || kind === "enum") return typeText(scope, type);
  return bitSize <= widestNumber || scope.exactNumbers ? "number" : "bigint";
}

/** An expression that reads a bit-field; the place is that of its unit. */
export function readBitsExpression(scope: Scope, bits: Bits, place: Place): string {
  const { unit, bitSize, signed, type } = bits;
  const toBoolean = formOf(scope, type).kind === "boolean";
  if (!fitsNumber(bits)) {
    const value = `${scope.use("readBits")}(${place.view}, ${place.offset}, ${range(bits)}, ${signed}, ${isLittle(scope)})`;
    if (toBoolean) return `${value} !== 0n`;
    if (isWide(scope, bits)) return value;
    return bitSize > widestNumber ? `${scope.use("exactNumber")}(${value}${fieldArgument(place)})` : `Number(${value})`;
  }
  const raw = getUnit(scope, bits, place);
  const value = extract(raw, unit.bytes * 8, bits.shift, bitSize, signed);
  if (toBoolean) return `${value.includes(" & ") ? `(${value})` : value} !== 0`;
  return isWide(scope, bits) ? `BigInt(${value})` : value;
}

/** An expression that writes a bit-field and leaves its neighbours as they are. */
export function writeBitsExpression(scope: Scope, bits: Bits, value: string, place: Place): string {
  const { unit, bitSize, shift, type } = bits;
  const form = formOf(scope, type);
  const isBoolean = form.kind === "boolean";
  const number = isBoolean ? `(${value} ? 1 : 0)` : value;
  const checked = (integer: string): string => (isBoolean ? integer : fitted(scope, integer, bits.signed, bitSize, place));
  if (!fitsNumber(bits)) {
    const exact = (): string => `${scope.use("exactBigInt")}(${number}${fieldArgument(place)})`;
    const isExact = bitSize > widestNumber && !isBoolean;
    const wide = isWide(scope, bits) ? checked(number) : isExact ? checked(exact()) : `BigInt(${checked(number)})`;
    return `${scope.use("writeBits")}(${wide}, ${place.view}, ${place.offset}, ${range(bits)}, ${isLittle(scope)})`;
  }
  const narrow = isWide(scope, bits) ? `Number(${checked(number)})` : checked(number);
  const set = (written: string): string =>
    `${place.view}.setUint${unit.bytes * 8}(${place.offset}, ${written}${unit.bytes === 1 ? "" : `, ${isLittle(scope)}`})`;
  if (bitSize === unit.bytes * 8) return set(narrow);
  const mask = `0x${((2 ** bitSize - 1) * 2 ** shift).toString(16)}`;
  const moved = shift === 0 ? narrow : `(${narrow} << ${shift})`;
  return set(`(${getUnit(scope, bits, place)} & ~${mask}) | (${moved} & ${mask})`);
}

const fitsNumber = ({ unit }: Bits): boolean => unit.bytes === 1 || unit.bytes === 2 || unit.bytes === 4;

/** Whether the value is a bigint: a wide field, or an enum of 64 bits. */
function isWide(scope: Scope, bits: Bits): boolean {
  const form = formOf(scope, bits.type);
  if (form.kind === "enum") return form.int.bytes === 8;
  return bitsType(scope, bits) === "bigint";
}

function getUnit(scope: Scope, { unit }: Bits, { view, offset }: Place): string {
  return `${view}.getUint${unit.bytes * 8}(${offset}${unit.bytes === 1 ? "" : `, ${isLittle(scope)}`})`;
}

function extract(raw: string, unitBits: number, shift: number, bits: number, signed: boolean): string {
  if (signed) return `(${raw} << ${32 - shift - bits}) >> ${32 - bits}`;
  const moved = shift === 0 ? raw : `${raw} >>> ${shift}`;
  if (shift + bits === unitBits) return moved;
  return `${shift === 0 ? raw : `(${moved})`} & 0x${(2 ** bits - 1).toString(16)}`;
}

const range = ({ unit, shift, bitSize }: Bits): string => `{ bytes: ${unit.bytes}, shift: ${shift}, bits: ${bitSize} }`;
