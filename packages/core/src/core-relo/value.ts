import type { Btf, BtfId, BtfType, CoreKind } from "../btf/index.ts";
import { CoreRelocationError } from "./errors.ts";
import { type Accessor, familyOf, type Spec } from "./spec.ts";

/** What one BTF answers to a relocation. */
export interface Answer {
  readonly value: bigint;
  /** Whether the instruction must hold exactly the local answer before it is patched. */
  readonly validate: boolean;
  /** For loads and stores: the field's size in bytes and type, by which the access may have to be resized. */
  readonly memory: { readonly size: number; readonly type: BtfId } | null;
}

const plain = (value: bigint | number, validate = true): Answer => ({ value: BigInt(value), validate, memory: null });

/** The answer; null where the instruction has to be poisoned because the target does not have what is asked for. */
export function answer(kind: CoreKind, spec: Spec | null): Answer | null {
  switch (familyOf(kind)) {
    case "field":
      return fieldAnswer(kind, spec);
    case "type":
      return typeAnswer(kind, spec);
    case "enumerator":
      return enumeratorAnswer(kind, spec);
  }
}

/** All of them are 0 for a type that is not there. Ids are not validated: linking may change them. */
function typeAnswer(kind: CoreKind, spec: Spec | null): Answer {
  if (spec === null) return plain(0, kind !== "type_id_target");
  switch (kind) {
    case "type_id_target":
      return plain(spec.root, false);
    case "type_size":
      return plain(spec.btf.size(spec.root));
    default:
      return plain(1);
  }
}

function enumeratorAnswer(kind: CoreKind, spec: Spec | null): Answer | null {
  if (kind === "enumval_exists") return plain(spec === null ? 0 : 1);
  const accessor = spec?.accessors[0];
  const type = accessor === undefined ? undefined : spec?.btf.type(accessor.type);
  const found = type?.kind === "enum" ? type.values[accessor?.index ?? -1] : undefined;
  return found === undefined ? null : plain(found.value);
}

function fieldAnswer(kind: CoreKind, spec: Spec | null): Answer | null {
  if (kind === "exists") return plain(spec === null ? 0 : 1);
  const last = spec?.accessors.at(-1);
  if (spec === null || last === undefined) return null;
  return last.name === null ? elementAnswer(kind, spec, last) : memberAnswer(kind, spec, last);
}

function elementAnswer(kind: CoreKind, spec: Spec, last: Accessor): Answer {
  const size = spec.btf.size(last.type);
  if (kind === "byte_size") return plain(size);
  if (kind !== "byte_offset") throw new CoreRelocationError("bad-access", { message: `${kind} of an array element` });
  return { value: BigInt(spec.bitOffset / 8), validate: true, memory: { size, type: last.type } };
}

function memberAnswer(kind: CoreKind, spec: Spec, last: Accessor): Answer {
  const { btf } = spec;
  const holder = btf.type(last.type);
  const member = holder.kind === "struct" || holder.kind === "union" ? holder.members[last.index] : undefined;
  if (member === undefined) throw new CoreRelocationError("bad-access", { type: holder.name });
  const type = btf.resolve(member.type);
  const bitField = member.bitSize > 0;
  const unit = bitField
    ? bitFieldUnit(spec.bitOffset, member.bitSize, btf.size(type.id), member.name)
    : wholeUnit(btf, spec.bitOffset, type);
  const bits = bitField ? member.bitSize : unit.size * 8;
  const bitInUnit = spec.bitOffset - unit.offset * 8;
  switch (kind) {
    case "byte_offset":
      return { value: BigInt(unit.offset), validate: !bitField, memory: bitField ? null : { size: unit.size, type: type.id } };
    case "byte_size":
      return plain(unit.size, !bitField);
    case "signed":
      return plain((type.kind === "int" || type.kind === "enum") && type.signed ? 1 : 0);
    case "lshift_u64":
      return plain(btf.endianness === "little" ? 64 - (bitInUnit + bits) : (8 - unit.size) * 8 + bitInUnit, !bitField);
    default:
      return plain(64 - bits);
  }
}

interface Unit {
  /** In bytes. */
  readonly offset: number;
  readonly size: number;
}

const wholeUnit = (btf: Btf, bitOffset: number, type: BtfType): Unit => ({ offset: Math.floor(bitOffset / 8), size: btf.size(type.id) });

/** The smallest aligned load of the declared type's size or more that holds all bits of a field. */
function bitFieldUnit(bitOffset: number, bitSize: number, declared: number, name: string): Unit {
  for (let size = declared; size <= 8; size *= 2) {
    const offset = Math.floor(bitOffset / 8 / size) * size;
    if (bitOffset + bitSize - offset * 8 <= size * 8) return { offset, size };
  }
  throw new CoreRelocationError("bit-field-too-wide", { type: name, message: `no load of 8 bytes holds all of bit-field ${name}` });
}
