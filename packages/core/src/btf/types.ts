/**
 * Index of a type in one BTF; 0 is `void`.
 * @see https://docs.kernel.org/bpf/btf.html
 */
export type BtfId = number;

interface Base {
  readonly id: BtfId;
  /** Empty where the type is anonymous. */
  readonly name: string;
}

export type BtfType =
  | BtfVoid
  | BtfInt
  | BtfPointer
  | BtfArray
  | BtfComposite
  | BtfEnum
  | BtfForward
  | BtfTypedef
  | BtfModifier
  | BtfFunction
  | BtfFunctionPrototype
  | BtfVariable
  | BtfDataSection
  | BtfFloat
  | BtfDeclTag
  | BtfTypeTag;

export interface BtfVoid extends Base {
  readonly kind: "void";
}
/** @see https://docs.kernel.org/bpf/btf.html#btf-kind-int */
export interface BtfInt extends Base {
  readonly kind: "int";
  readonly size: number;
  readonly signed: boolean;
  readonly char: boolean;
  readonly bool: boolean;
  /** Old bit-fields: width in bits and offset of the first bit; a plain integer has `size * 8` and 0. */
  readonly bits: number;
  readonly bitOffset: number;
}
/** @see https://docs.kernel.org/bpf/btf.html#btf-kind-ptr */
export interface BtfPointer extends Base {
  readonly kind: "pointer";
  readonly type: BtfId;
}
/** @see https://docs.kernel.org/bpf/btf.html#btf-kind-array */
export interface BtfArray extends Base {
  readonly kind: "array";
  readonly element: BtfId;
  readonly index: BtfId;
  readonly length: number;
}
/** @see https://docs.kernel.org/bpf/btf.html#btf-kind-struct */
export interface BtfComposite extends Base {
  readonly kind: "struct" | "union";
  readonly size: number;
  readonly members: readonly BtfMember[];
}
export interface BtfMember {
  readonly name: string;
  readonly type: BtfId;
  /** From the start of the struct, in bits. */
  readonly bitOffset: number;
  /** 0 where the member is no bit-field. */
  readonly bitSize: number;
}
/** Both BTF_KIND_ENUM and BTF_KIND_ENUM64. @see https://docs.kernel.org/bpf/btf.html#btf-kind-enum64 */
export interface BtfEnum extends Base {
  readonly kind: "enum";
  readonly wide: boolean;
  readonly size: number;
  readonly signed: boolean;
  readonly values: readonly { readonly name: string; readonly value: bigint }[];
}
/** @see https://docs.kernel.org/bpf/btf.html#btf-kind-fwd */
export interface BtfForward extends Base {
  readonly kind: "forward";
  readonly of: "struct" | "union";
}
/** @see https://docs.kernel.org/bpf/btf.html#btf-kind-typedef */
export interface BtfTypedef extends Base {
  readonly kind: "typedef";
  readonly type: BtfId;
}
/** @see https://docs.kernel.org/bpf/btf.html#btf-kind-const */
export interface BtfModifier extends Base {
  readonly kind: "const" | "volatile" | "restrict";
  readonly type: BtfId;
}
/** @see https://docs.kernel.org/bpf/btf.html#btf-kind-func */
export interface BtfFunction extends Base {
  readonly kind: "function";
  readonly type: BtfId;
  readonly linkage: "static" | "global" | "extern";
}
/** @see https://docs.kernel.org/bpf/btf.html#btf-kind-func-proto */
export interface BtfFunctionPrototype extends Base {
  readonly kind: "function-prototype";
  readonly result: BtfId;
  /** A last parameter of type 0 without a name is `...`. */
  readonly parameters: readonly { readonly name: string; readonly type: BtfId }[];
}
/** @see https://docs.kernel.org/bpf/btf.html#btf-kind-var */
export interface BtfVariable extends Base {
  readonly kind: "variable";
  readonly type: BtfId;
  readonly linkage: "static" | "global" | "extern";
}
/** Offsets and size are 0 in a fresh object; readObject fills them in from the ELF. @see https://docs.kernel.org/bpf/btf.html#btf-kind-datasec */
export interface BtfDataSection extends Base {
  readonly kind: "data-section";
  readonly size: number;
  readonly variables: readonly { readonly type: BtfId; readonly offset: number; readonly size: number }[];
}
/** @see https://docs.kernel.org/bpf/btf.html#btf-kind-float */
export interface BtfFloat extends Base {
  readonly kind: "float";
  readonly size: number;
}
/** `component` is -1 for the type itself, else the index of a member or parameter. @see https://docs.kernel.org/bpf/btf.html#btf-kind-decl-tag */
export interface BtfDeclTag extends Base {
  readonly kind: "decl-tag";
  readonly type: BtfId;
  /** The kind_flag: the name is a whole GNU attribute, such as `aligned(8)`, and not the text of a `btf_decl_tag`. */
  readonly attribute: boolean;
  readonly component: number;
}
/** @see https://docs.kernel.org/bpf/btf.html#btf-kind-type-tag */
export interface BtfTypeTag extends Base {
  readonly kind: "type-tag";
  readonly type: BtfId;
  /** The kind_flag: the name is a whole GNU attribute and not the text of a `btf_type_tag`. */
  readonly attribute: boolean;
}

export type BtfKind = BtfType["kind"];

/**
 * A type graph that decodes a type when it is first asked for: indexing the kernel's 126,573 types must not build 126,573 objects.
 * With a base (split BTF of a kernel module), ids and string offsets continue those of the base.
 */
export interface Btf {
  readonly endianness: "little" | "big";
  readonly base: Btf | null;
  /** One more than the largest id. */
  readonly length: number;
  /** Size of the string table in bytes, that of the base included: where a split BTF's own string offsets begin. */
  readonly stringBytes: number;
  /** Throws BtfError `type-id-out-of-range`. */
  type(id: BtfId): BtfType;
  /** The name of a type without decoding the rest of it. */
  name(id: BtfId): string;
  kind(id: BtfId): BtfKind;
  /** Every type of this name, ascending; an index is built on the first call. */
  find(name: string, kind?: BtfKind): readonly BtfId[];
  /** Every type whose name begins so, ascending; the prefix has four bytes or more. */
  findStartingWith(prefix: string, kind?: BtfKind): readonly BtfId[];
  /** The string at an offset of the string table, as .BTF.ext uses them. */
  string(offset: number): string;
  /** Sees through const, volatile, restrict, type tags and, unless told otherwise, typedefs. Throws BtfError `cycle`. */
  resolve(id: BtfId, options?: { readonly typedefs?: boolean }): BtfType;
  /** Size in bytes. Throws BtfError `no-size` for void, functions and forwards. */
  size(id: BtfId): number;
}

/** .BTF.ext: what instruction comes from where. @see https://docs.kernel.org/bpf/btf.html#btf-ext-section */
export interface BtfExt {
  readonly functions: readonly FunctionInfo[];
  readonly lines: readonly LineInfo[];
  readonly relocations: readonly CoreRelocation[];
}
/** `section` is the ELF section's name, `offset` the instruction's byte offset in it. */
export interface FunctionInfo {
  readonly section: string;
  readonly offset: number;
  readonly type: BtfId;
}
export interface LineInfo {
  readonly section: string;
  readonly offset: number;
  readonly file: string;
  readonly source: string;
  /** Where the two begin in the string table. */
  readonly fileAt: number;
  readonly sourceAt: number;
  readonly line: number;
  readonly column: number;
}
/** @see https://docs.kernel.org/bpf/llvm_reloc.html#co-re-relocations */
export interface CoreRelocation {
  readonly section: string;
  readonly offset: number;
  readonly type: BtfId;
  /** Such as `0:1:2`: array index, then member indices; for enums the index of the enumerator. */
  readonly access: string;
  readonly kind: CoreKind;
}
/** In the order of `enum bpf_core_relo_kind`. */
export type CoreKind =
  | "byte_offset"
  | "byte_size"
  | "exists"
  | "signed"
  | "lshift_u64"
  | "rshift_u64"
  | "type_id_local"
  | "type_id_target"
  | "type_exists"
  | "type_size"
  | "enumval_exists"
  | "enumval_value"
  | "type_matches";
