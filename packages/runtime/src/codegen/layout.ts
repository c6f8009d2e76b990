import type { Codec } from "../codec.ts";
import { RuntimeError } from "../errors.ts";

/** Where a member lies: in bytes, or, for a bit-field, in bits as BTF counts them. */
export type FieldLayout = { readonly offset: number; readonly size: number } | { readonly bitOffset: number; readonly bitSize: number };

export interface StructLayout<Fields> {
  /** In bytes. */
  readonly size: number;
  /** The least alignment that is consistent with BTF, in bytes. */
  readonly align: number;
  readonly fields: Fields;
}

/** Checks the layout of a generated struct when its module is imported. Throws RuntimeError `codec-mismatch`. */
export function defineStruct<T, Fields extends Readonly<Record<keyof T, FieldLayout>>>(
  name: string,
  codec: Codec<T> & StructLayout<Fields>,
): Codec<T> & StructLayout<Fields> {
  defineFields(name, codec.size, codec.fields);
  let end = 0;
  for (const [field, bits] of Object.entries(spans(codec.fields))) {
    if (bits.start < end) throw mismatch(name, `${field} begins at bit ${bits.start}, inside the field before it`);
    end = bits.end;
  }
  return codec;
}

/** Checks that every field lies inside its type; those of a union may overlap. Throws RuntimeError `codec-mismatch`. */
export function defineFields<Fields extends Readonly<Record<string, FieldLayout>>>(name: string, size: number, fields: Fields): Fields {
  for (const [field, bits] of Object.entries(spans(fields))) {
    if (bits.start < 0 || bits.end > size * 8) throw mismatch(name, `${field} does not lie inside its ${size} bytes`);
  }
  return fields;
}

interface BitSpan {
  readonly start: number;
  readonly end: number;
}

function spans(fields: Readonly<Record<string, FieldLayout>>): Record<string, BitSpan> {
  return Object.fromEntries(
    Object.entries(fields).map(([field, at]) => {
      const start = "offset" in at ? at.offset * 8 : at.bitOffset;
      return [field, { start, end: start + ("offset" in at ? at.size * 8 : at.bitSize) }];
    }),
  );
}

function mismatch(type: string, message: string): RuntimeError {
  return new RuntimeError("codec-mismatch", { type, message, hint: "the generated file was changed; generate it again" });
}
