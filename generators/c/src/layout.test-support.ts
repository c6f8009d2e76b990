import type {
  ArrayRef,
  Bits,
  EnumDecl,
  Field,
  FloatRef,
  IntRef,
  Layout,
  Member,
  StructDecl,
  TypeDecl,
  TypeRef,
  UnionDecl,
} from "@lbc/core/layout";

export const int = (bytes: IntRef["bytes"], signed = false, role: IntRef["role"] = "number"): IntRef => ({
  kind: "int",
  bytes,
  signed,
  role,
});
export const u8 = int(1);
export const u16 = int(2);
export const u32 = int(4);
export const u64 = int(8);
export const s32 = int(4, true);
export const char = int(1, true, "char");
export const bool = int(1, false, "bool");
export const float = (bytes: FloatRef["bytes"]): FloatRef => ({ kind: "float", bytes });
export const array = (element: TypeRef, length: number): ArrayRef => ({ kind: "array", element, length, text: element === char });
export const pointer = (to: TypeRef | { kind: "void" } | { kind: "function" } = { kind: "void" }): TypeRef => ({
  kind: "pointer",
  to,
  tags: [],
});
export const pointerToTag = (tag: "struct" | "union" | "enum" | "typedef", name: string | null): TypeRef => ({
  kind: "pointer",
  to: { kind: "incomplete", tag, name },
  tags: [],
});
export const named = (id: number): TypeRef => ({ kind: "named", id });

export const field = (name: string | null, offset: number, type: TypeRef, size: number, doc: string | null = null): Field => ({
  kind: "field",
  name,
  offset,
  type,
  size,
  aligned: true,
  flexible: false,
  special: null,
  doc,
});
export const bits = (name: string | null, bitOffset: number, bitSize: number, type: TypeRef = u32): Bits => ({
  kind: "bits",
  name,
  bitOffset,
  bitSize,
  signed: type.kind === "int" && type.signed,
  type,
  unit: { offset: Math.floor(bitOffset / 8), bytes: Math.ceil(((bitOffset % 8) + bitSize) / 8) },
  shift: bitOffset % 8,
  doc: null,
});

const shape = { packed: false, explicitAlign: false, containsAligned: false, endsZeroSized: false, misaligned: false, bitFields: false };

export const composite = (
  kind: "struct" | "union",
  id: number,
  name: string | null,
  path: string,
  size: number,
  align: number,
  members: readonly Member[],
): StructDecl | UnionDecl => ({ kind, id, name, path, size, align, shape, members, doc: null });

export const enumeration = (id: number, name: string | null, path: string, values: Record<string, string>): EnumDecl => ({
  kind: "enum",
  id,
  name,
  path,
  bytes: 4,
  signed: false,
  doc: null,
  values: Object.entries(values).map(([key, value]) => ({ name: key, value, doc: null })),
});

export const typedef = (id: number, name: string, type: TypeRef, path = name): TypeDecl => ({
  kind: "typedef",
  id,
  name,
  path,
  type,
  doc: null,
});

/** A layout of types alone. */
export const layoutOfTypes = (...types: readonly TypeDecl[]): Layout => ({
  schema: 1,
  object: { name: "hello", sha256: "0".repeat(64), byteLength: 4, endianness: "little", license: "GPL", kernelVersion: null },
  types,
  maps: [],
  sections: [],
  programs: [],
  structOps: [],
  externs: [],
  notes: [],
});
