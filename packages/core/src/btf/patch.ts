import { encode } from "./build.ts";
import { btfHeaderSize, btfMagic, btfVersion } from "./format.ts";
import { type BtfTables, hostEndianness } from "./tables.ts";
import type { BtfType } from "./types.ts";

/** Kinds whose records name no string but their own. */
type PatchedType = BtfType & { readonly kind: "data-section" | "function" | "variable" };

function isPatchable(type: BtfType): type is PatchedType {
  return type.kind === "data-section" || type.kind === "function" || type.kind === "variable";
}

/**
 * A .BTF section with other types in the place of some: a copy of its words and strings, in which a few records are written anew. Null
 * where that cannot be: a record of another length, or with other strings, or the other byte order.
 */
export function patchedBytes({ endianness, words, records, strings }: BtfTables, replaced: Iterable<BtfType>): Uint8Array | null {
  if (endianness !== hostEndianness) return null;
  const bytes = new Uint8Array(btfHeaderSize + words.length * 4 + strings.bytes.length);
  const copy = new Uint32Array(bytes.buffer, btfHeaderSize, words.length);
  copy.set(words);
  for (const type of replaced) {
    if (!isPatchable(type)) return null;
    const { info, sizeOrType, rest } = encode(type, () => 0);
    const at = records[type.id - 1] ?? 0;
    if (at + 3 + rest.length !== (records[type.id] ?? words.length)) return null;
    copy.set([info, sizeOrType, ...rest], at + 1);
  }
  new Uint16Array(bytes.buffer, 0, 1)[0] = btfMagic;
  bytes[2] = btfVersion;
  new Uint32Array(bytes.buffer, 4, 5).set([btfHeaderSize, 0, words.length * 4, words.length * 4, strings.bytes.length]);
  bytes.set(strings.bytes, btfHeaderSize + words.length * 4);
  return bytes;
}
