import { decodeUtf8, encodeUtf8 } from "../bytes/index.ts";

/** What clang reserves in C, up to C17 with GNU's words; what C23 adds is missing, since the kernel itself defines `bool`. */
const reserved: ReadonlySet<string> = new Set(
  [
    "auto break case char const continue default do double else enum extern float for goto if inline int long register restrict return",
    "short signed sizeof static struct switch typedef union unsigned void volatile while",
    "_Alignas _Alignof _Atomic _BitInt _Bool _Complex _ExtInt _Float16 _Generic _Imaginary _Nonnull _Noreturn _Null_unspecified _Nullable",
    "_Static_assert _Thread_local asm typeof __alignof __alignof__ __asm __asm__ __attribute __attribute__ __auto_type __bf16",
    "__builtin_choose_expr __builtin_offsetof __builtin_types_compatible_p __builtin_va_arg __builtin_va_list __const __const__ __extension__",
    "__float128 __fp16 __func__ __FUNCTION__ __imag __imag__ __inline __inline__ __int128 __int128_t __label__ __null __objc_no",
    "__PRETTY_FUNCTION__ __real __real__ __restrict __restrict__ __signed __signed__ __thread __typeof __typeof__ __uint128_t __unaligned",
    "__volatile __volatile__",
  ].flatMap((line) => line.split(" ")),
);

const longest = 32;
const isIdentifierByte = new Uint8Array(256);
for (const character of "$_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") isIdentifierByte[character.charCodeAt(0)] = 1;
const [zero, nine] = [0x30, 0x39];
const firstBeyondAscii = 0x80;

/** A few bits of a word tell most others from all reserved ones. */
const mayBeReserved = new Uint8Array(1024);
const bitsOf = (first: number, last: number, length: number): number => (first * 37 + last * 5 + length) & 1023;
for (const word of reserved) mayBeReserved[bitsOf(word.charCodeAt(0), word.charCodeAt(word.length - 1), word.length)] = 1;

/** What clang takes, in every C that it knows: `$` and letters beyond ASCII are extensions that are on unless told otherwise. */
const identifier = /^[\p{XID_Start}_$][\p{XID_Continue}$]*$/u;

/** Whether the zero-terminated name at an offset can stand in C as it is. */
export function isUsableName(bytes: Uint8Array, offset: number): boolean {
  const first = bytes[offset] ?? 0;
  if (first >= zero && first <= nine) return false;
  let end = offset;
  for (; ; end++) {
    const byte = bytes[end] ?? 0;
    if (byte === 0) break;
    if (byte >= firstBeyondAscii) return identifier.test(textAt(bytes, offset));
    if (isIdentifierByte[byte] === 0) return false;
  }
  const length = end - offset;
  if (length > longest || mayBeReserved[bitsOf(first, bytes[end - 1] ?? 0, length)] === 0) return true;
  return !reserved.has(textAt(bytes, offset));
}

export const isReserved = (word: string): boolean => reserved.has(word);

/** The zero-terminated name with an underscore for each character that no identifier may have, as bytes: see `byteString`. */
export function identifierAt(bytes: Uint8Array, offset: number): string {
  const name = textAt(bytes, offset).replace(/[^\p{XID_Continue}$]/gu, "_");
  return byteString(identifier.test(name) ? name : `_${name}`);
}

/** The names in a string table that have three underscores in a row, as bytes. */
export function flavoredNames(bytes: Uint8Array): ReadonlySet<string> {
  const text = decodeUtf8(bytes);
  const found = new Set<string>();
  for (let at = text.indexOf("___"); at !== -1; ) {
    const end = text.indexOf("\0", at);
    found.add(byteString(text.slice(text.lastIndexOf("\0", at) + 1, end === -1 ? undefined : end)));
    at = end === -1 ? -1 : text.indexOf("___", end);
  }
  return found;
}

/** Text with a character for each byte of its UTF-8, which is what the names in a BTF are compared with. */
function byteString(text: string): string {
  let bytes = "";
  for (const byte of encodeUtf8(text)) bytes += String.fromCharCode(byte);
  return bytes;
}

function textAt(bytes: Uint8Array, offset: number): string {
  const end = bytes.indexOf(0, offset);
  return decodeUtf8(bytes.subarray(offset, end === -1 ? undefined : end));
}
