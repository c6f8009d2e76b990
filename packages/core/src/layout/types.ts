import type { AttachKind, AttachType, MapType, ProgramType } from "../object/kinds.ts";

/** Version of the IR; it changes when a reader of the JSON would have to change. */
export const layoutSchema = 1;

/**
 * Everything that a generator needs to know of one BPF object, as plain JSON. It is complete (no generator looks into
 * ELF or BTF) and deterministic; numbers that may exceed 2^53 are decimal strings.
 */
export interface Layout {
  readonly schema: typeof layoutSchema;
  readonly object: {
    /** `hello` for hello.bpf.o, or as the user named it; not yet an identifier of any language. */
    readonly name: string;
    readonly sha256: string;
    readonly byteLength: number;
    readonly endianness: "little" | "big";
    readonly license: string | null;
    /** From the `version` section: (major << 16) + (minor << 8) + patch. */
    readonly kernelVersion: number | null;
  };
  /** Every type that is reached by value, in dependency order: a type stands after those that it contains. A TypeId is an index here. */
  readonly types: readonly TypeDecl[];
  /** In order of declaration; .rodata and its like are sections, struct_ops are in `structOps`. */
  readonly maps: readonly MapLayout[];
  readonly sections: readonly DataSection[];
  readonly programs: readonly ProgramLayout[];
  readonly structOps: readonly StructOpsLayout[];
  readonly externs: readonly ExternLayout[];
  /** What a person should know, such as two candidates for the event type of a map. */
  readonly notes: readonly Note[];
}

/** Index into {@link Layout.types}. */
export type TypeId = number;

export type TypeRef = IntRef | FloatRef | PointerRef | ArrayRef | NamedRef;
export interface IntRef {
  readonly kind: "int";
  readonly bytes: 1 | 2 | 4 | 8 | 16;
  readonly signed: boolean;
  /** char: the INT named `char`; bool: `_Bool`. */
  readonly role: "number" | "char" | "bool";
}
export interface FloatRef {
  readonly kind: "float";
  readonly bytes: 2 | 4 | 8 | 12 | 16;
}
/** Eight bytes: BPF pointers are 64 bits wide. A pointer reaches no type: what nothing else reaches is `incomplete`. */
export interface PointerRef {
  readonly kind: "pointer";
  readonly to: TypeRef | OpaqueTarget;
  readonly tags: readonly string[];
}
export type OpaqueTarget =
  | { readonly kind: "void" }
  | { readonly kind: "function" }
  | { readonly kind: "incomplete"; readonly tag: "struct" | "union" | "enum" | "typedef"; readonly name: string | null };
export interface ArrayRef {
  readonly kind: "array";
  readonly element: TypeRef;
  readonly length: number;
  /** A C string: the element is the INT named `char` (through typedefs), never u8 or s8. */
  readonly text: boolean;
}
export interface NamedRef {
  readonly kind: "named";
  readonly id: TypeId;
}

export type TypeDecl = StructDecl | UnionDecl | EnumDecl | TypedefDecl;

interface Decl {
  readonly id: TypeId;
  /**
   * Stable and unique. The C tag or typedef name; a typedef'd anonymous type takes the typedef's name; any other anonymous type takes
   * the place of its first use (`event.addr`; without a member name, that of the first name inside it). Same-named types of different
   * shape get `~` and six hex digits of a hash of the shape. A typedef whose name a struct, union or enum has as its path
   * (`typedef struct event {…} event;`) is `event~typedef`; see `isOwnName` for languages that need no alias then.
   */
  readonly path: string;
  readonly doc: string | null;
}

interface Composite extends Decl {
  /** The C tag; null when anonymous. */
  readonly name: string | null;
  /** In bytes. */
  readonly size: number;
  /** The least alignment that is consistent with BTF, which does not record it. */
  readonly align: number;
  readonly shape: Shape;
  /**
   * Gaps are members: the list covers every byte, in ascending order. A union's fields all start at 0; where it is larger than all of
   * them, a padding at the end of the largest comes last.
   */
  readonly members: readonly Member[];
}
export interface StructDecl extends Composite {
  readonly kind: "struct";
}
export interface UnionDecl extends Composite {
  readonly kind: "union";
}

/** Facts from which each language decides whether its own struct rules suffice or accessors are needed. */
export interface Shape {
  /** A member stands where its own alignment would not put it, or the size is no multiple of the largest. */
  readonly packed: boolean;
  /** Gaps or the size can only come from `aligned(N)`. */
  readonly explicitAlign: boolean;
  /** A member, at any depth, has `explicitAlign`. */
  readonly containsAligned: boolean;
  /** The last member has size zero (`int data[];`, `struct {} end;`). */
  readonly endsZeroSized: boolean;
  /** At least one field, at any depth, is not at a multiple of its type's alignment. */
  readonly misaligned: boolean;
  /** At least one member, at this level, is a bit-field. */
  readonly bitFields: boolean;
}

export type Member = Field | Bits | Padding;
export interface Field {
  readonly kind: "field";
  /** null for an anonymous struct or union, whose members are reached as if they stood here. */
  readonly name: string | null;
  /** In bytes. */
  readonly offset: number;
  readonly type: TypeRef;
  /** Size in bytes, 0 for a flexible array member. */
  readonly size: number;
  /** Whether `offset` is a multiple of the alignment of the type. */
  readonly aligned: boolean;
  /** A trailing array of length 0. */
  readonly flexible: boolean;
  /** The kernel's own: user space reads zeros and its writes do not reach it. */
  readonly special: SpecialField | null;
  readonly doc: string | null;
}
/** @see `enum btf_field_type` in the kernel's include/linux/bpf.h */
export type SpecialField =
  | "spin_lock"
  | "timer"
  | "wq"
  | "task_work"
  | "kptr"
  | "list_head"
  | "list_node"
  | "rb_root"
  | "rb_node"
  | "refcount";
export interface Bits {
  readonly kind: "bits";
  readonly name: string | null;
  /** First bit as BTF counts: from the start of the struct, in memory order of the object's endianness. */
  readonly bitOffset: number;
  readonly bitSize: number;
  readonly signed: boolean;
  readonly type: TypeRef;
  /** The smallest byte range that contains the field, 1–16 bytes (17 for a packed 128-bit one), never past the end of the struct. */
  readonly unit: { readonly offset: number; readonly bytes: number };
  /** Right shift that brings the field to bit 0, once the unit is read as one number in the object's endianness. */
  readonly shift: number;
  readonly doc: string | null;
}
export interface Padding {
  readonly kind: "padding";
  readonly offset: number;
  readonly size: number;
}

export interface EnumDecl extends Decl {
  readonly kind: "enum";
  readonly name: string | null;
  readonly bytes: 1 | 2 | 4 | 8;
  readonly signed: boolean;
  readonly values: readonly Enumerator[];
}
export interface Enumerator {
  readonly name: string;
  readonly value: string;
  readonly doc: string | null;
}
export interface TypedefDecl extends Decl {
  readonly kind: "typedef";
  readonly name: string;
  readonly type: TypeRef;
}

/** Which operations a map has; the exact type stands beside it. */
export type MapAccess =
  | "keyed"
  | "indexed"
  | "queue"
  | "bloom"
  | "storage"
  | "stream-in"
  | "stream-out"
  | "stack-traces"
  | "redirect"
  | "programs"
  | "maps"
  | "memory"
  | "struct-ops";

export interface MapLayout {
  readonly name: string;
  readonly type: MapType;
  readonly access: MapAccess;
  readonly perCpu: boolean;
  /** From BTF, or where that has the size only, what every map of the type has: an index, a descriptor, addresses. */
  readonly key: TypeRef | null;
  /** In bytes. */
  readonly keySize: number;
  readonly value: TypeRef | null;
  readonly valueSize: number;
  /** Distance between two CPUs' values in one lookup: valueSize rounded up to 8 bytes; valueSize for other maps. */
  readonly valueStride: number;
  readonly maxEntries: number;
  /** BPF_F_* bits. */
  readonly flags: number;
  /** u64 as a decimal string. */
  readonly extra: string;
  readonly pinning: "none" | "by-name";
  readonly numaNode: number | null;
  /** Of ring buffers and perf event arrays; null for every other map. */
  readonly event: EventLayout | null;
  /**
   * An array of 64-bit counters that a person wants to see as a histogram, as LBC_HIST2 and its like declare it. log2, log10: slot n counts the
   * values from 2^n or 10^n on, below the next power; slot 0 counts 0 as well. linear: slot n counts what the program put into it.
   */
  readonly histogram: "log2" | "log10" | "linear" | null;
  /**
   * A ring buffer that the program sends to as a perf event array as well (LBC_EMIT): where the kernel has no ring buffers, a runtime
   * creates it as one, with keys and values of 4 bytes and an entry for each CPU, and the program takes the other way by CO-RE.
   */
  readonly fallback: "perf_event_array" | null;
  readonly inner: MapLayout | null;
  readonly initial: readonly { readonly slot: number; readonly target: string }[];
  readonly doc: string | null;
}

export interface EventLayout {
  /** null: the event is bytes. */
  readonly type: TypeRef | null;
  /** How lbc knew: declared by the map, given with `--event`, inferred from every call site, or not at all. */
  readonly from: "map" | "option" | "inferred" | "none";
  /** The shortest record that the program sends; shorter ones are errors. A perf sample carries up to 7 bytes more. */
  readonly minBytes: number;
  /** The longest record; null where the program decides at run time. */
  readonly maxBytes: number | null;
  /** Every record is exactly one `type`: batches may be offered. */
  readonly fixed: boolean;
}

export interface DataSection {
  /** The ELF section: `.rodata`, `.data.config`, `.rodata.str1.1`. */
  readonly name: string;
  /** The name without the leading dot and with `_` for other characters: `rodata`, `data_config`. */
  readonly ident: string;
  readonly kind: "rodata" | "data" | "bss" | "kconfig" | "strings" | "custom" | "arena";
  /** In bytes. */
  readonly size: number;
  readonly align: number;
  readonly write: "before-load" | "always" | "never";
  readonly memoryMapped: boolean;
  /** Every byte is covered, as in a struct. */
  readonly members: readonly (Variable | Padding)[];
}

export interface Variable {
  readonly kind: "variable";
  readonly name: string;
  /** Unique in the section: `f.zero`, and `f.zero~2` for a second one. */
  readonly path: string;
  readonly offset: number;
  readonly size: number;
  readonly type: TypeRef;
  readonly linkage: "global" | "static" | "weak" | "hidden";
  readonly doc: string | null;
}

export interface ProgramLayout {
  readonly name: string;
  readonly section: string;
  readonly type: ProgramType;
  readonly attachType: AttachType | null;
  /** null: nothing to attach by itself (`syscall`, `SEC("freplace")` targets of others …). */
  readonly attach: AttachKind | null;
  /** Whether `attach()` attaches it without an argument. */
  readonly autoattach: boolean;
  readonly autoload: boolean;
  readonly sleepable: boolean;
  readonly doc: string | null;
}

export interface StructOpsLayout {
  readonly name: string;
  /** The kernel's struct, such as `tcp_congestion_ops`. */
  readonly typeName: string;
  readonly section: string;
  /** Whether it is attached by a link (`.struct_ops.link`). */
  readonly link: boolean;
  /** In bytes, as the object declares the struct. */
  readonly size: number;
  readonly functions: readonly { readonly member: string; readonly program: string | null }[];
  /** The plain data members, settable before load. */
  readonly fields: readonly { readonly member: string; readonly offset: number; readonly size: number; readonly type: TypeRef }[];
  readonly doc: string | null;
}

export interface ExternLayout {
  readonly name: string;
  readonly kind: "kconfig" | "ksym" | "kfunc";
  /** null for functions, untyped ksyms and ksyms of a type that nothing else reaches: user space sees their address only. */
  readonly type: TypeRef | null;
  /** As C would declare it, for people: `struct rq runqueues`, `void bpf_rcu_read_lock(void)`. */
  readonly declaration: string;
  readonly weak: boolean;
  /** Offset in the .kconfig section; null for ksyms and kfuncs. */
  readonly offset: number | null;
}

export interface Note {
  readonly code:
    | "event-type-overridden"
    | "event-type-unknown"
    | "event-type-ambiguous"
    | "no-btf"
    | "legacy-maps"
    | "unlinked"
    | "type-name-clash"
    | "value-without-type"
    | "overlapping-variable";
  /** The map, program, variable or type that it is about. */
  readonly subject: string;
  readonly message: string;
  readonly hint: string | null;
}
