import type { Btf, BtfExt, BtfId } from "../btf/index.ts";
import type { ElfFile } from "../elf/index.ts";
import type { AttachKind, AttachType, MapType, ProgramType } from "./kinds.ts";

/** What a BPF object declares, before any layout question is settled. */
export interface BpfObject {
  readonly elf: ElfFile;
  /** With DATASEC sizes and variable offsets filled in from the ELF; null where the object has no .BTF. */
  readonly btf: Btf | null;
  readonly btfExt: BtfExt | null;
  readonly license: string | null;
  /** From the `version` section. */
  readonly kernelVersion: number | null;
  /** Entry programs, in file order (by section index, then offset). */
  readonly programs: readonly Program[];
  /** Functions that programs call: static ones and globals in .text. */
  readonly subprograms: readonly Subprogram[];
  /** BTF-defined maps, in order of declaration. */
  readonly maps: readonly MapDefinition[];
  /** `SEC("maps")` definitions: shown by inspect, refused by gen. */
  readonly legacyMaps: readonly { readonly name: string; readonly section: string; readonly offset: number }[];
  /** In order of section index. */
  readonly data: readonly DataDefinition[];
  readonly externs: readonly Extern[];
  /** Undefined symbols that are neither kconfig values nor ksyms: another object must be linked to this one first. */
  readonly unresolved: readonly string[];
  readonly structOps: readonly StructOps[];
}

export interface Program {
  readonly name: string;
  /** As written in `SEC("…")`, with a leading `?`. */
  readonly section: string;
  readonly sectionIndex: number;
  /** Byte offset and size of its instructions in the section. */
  readonly offset: number;
  readonly size: number;
  readonly type: ProgramType;
  readonly attachType: AttachType | null;
  readonly attach: AttachKind | null;
  /** False for `SEC("?…")`. */
  readonly autoload: boolean;
  readonly sleepable: boolean;
  /** Whether an XDP program takes packets of several buffers (`SEC("xdp.frags")`). */
  readonly frags: boolean;
  /** The BTF function, null without BTF. */
  readonly btfId: BtfId | null;
}

export interface Subprogram {
  readonly name: string;
  readonly sectionIndex: number;
  readonly offset: number;
  readonly size: number;
  readonly linkage: "static" | "global" | "weak";
  readonly btfId: BtfId | null;
}

export interface MapDefinition {
  readonly name: string;
  readonly type: MapType;
  readonly key: BtfId | null;
  readonly value: BtfId | null;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  readonly flags: number;
  readonly numaNode: number | null;
  readonly pinning: "none" | "by-name";
  /** u64 */
  readonly extra: bigint;
  readonly inner: MapDefinition | null;
  /** Slots that are filled at load: map-in-map and prog arrays. */
  readonly initial: readonly { readonly slot: number; readonly target: string }[];
  /** The type that rides in the element type of the array that encodes `type`; null where that element is `int`. */
  readonly event: BtfId | null;
  /** The BTF variable and its struct, for doc comments. */
  readonly variable: BtfId;
  readonly struct: BtfId;
  /** Byte offset in the section of the map. */
  readonly sectionIndex: number;
  readonly offset: number;
}

export interface DataDefinition {
  readonly name: string;
  readonly kind: "rodata" | "data" | "bss" | "kconfig" | "strings" | "custom" | "arena";
  /** -1 for .kconfig, which has no ELF section. */
  readonly sectionIndex: number;
  readonly size: number;
  readonly align: number;
  /** Ascending by offset; without BTF from the symbols, with type null. */
  readonly variables: readonly VariableDefinition[];
}

export interface VariableDefinition {
  readonly name: string;
  readonly offset: number;
  readonly size: number;
  readonly type: BtfId | null;
  /** The BTF_KIND_VAR, for its tags. */
  readonly btfId: BtfId | null;
  readonly linkage: "global" | "static" | "weak" | "hidden";
}

export interface Extern {
  readonly name: string;
  readonly kind: "kconfig" | "ksym" | "kfunc";
  /** The variable's type, or the function's prototype; null for an untyped ksym (`void`). */
  readonly type: BtfId | null;
  readonly weak: boolean;
  /** Offset in the .kconfig data; null for ksyms and kfuncs. */
  readonly offset: number | null;
}

export interface StructOps {
  readonly name: string;
  /** `.struct_ops` or `.struct_ops.link`. */
  readonly section: string;
  readonly sectionIndex: number;
  readonly offset: number;
  /** The object's own declaration of the struct. */
  readonly type: BtfId;
  readonly typeName: string;
  readonly link: boolean;
  /** Function members in order: the program that fills each, or null. */
  readonly functions: readonly { readonly member: string; readonly program: string | null }[];
}
