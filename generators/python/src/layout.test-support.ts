import type {
  ArrayRef,
  Bits,
  DataSection,
  EnumDecl,
  Field,
  FloatRef,
  IntRef,
  Layout,
  MapLayout,
  Member,
  ProgramLayout,
  StructDecl,
  TypeDecl,
  TypeRef,
  UnionDecl,
  Variable,
} from "@lbc/core/layout";

export const int = (bytes: IntRef["bytes"], signed = false, role: IntRef["role"] = "number"): IntRef => ({
  kind: "int",
  bytes,
  signed,
  role,
});
export const u8 = int(1);
export const u32 = int(4);
export const u64 = int(8);
export const s32 = int(4, true);
export const char = int(1, true, "char");
export const bool = int(1, false, "bool");
export const float = (bytes: FloatRef["bytes"]): FloatRef => ({ kind: "float", bytes });
export const array = (element: TypeRef, length: number): ArrayRef => ({ kind: "array", element, length, text: element === char });
export const pointer: TypeRef = { kind: "pointer", to: { kind: "void" }, tags: [] };
export const named = (id: number): TypeRef => ({ kind: "named", id });

export const field = (name: string | null, offset: number, type: TypeRef, size: number, more: Partial<Field> = {}): Field => ({
  kind: "field",
  name,
  offset,
  type,
  size,
  aligned: true,
  flexible: false,
  special: null,
  doc: null,
  ...more,
});
export const bits = (name: string | null, unit: Bits["unit"], shift: number, bitSize: number, type: TypeRef = u32): Bits => ({
  kind: "bits",
  name,
  bitOffset: 8 * unit.offset + shift,
  bitSize,
  signed: type.kind === "int" && type.signed,
  type,
  unit,
  shift,
  doc: null,
});

const shape = { packed: false, explicitAlign: false, containsAligned: false, endsZeroSized: false, misaligned: false, bitFields: false };

const composite = (id: number, path: string, size: number, members: readonly Member[]) => ({
  id,
  name: path.includes(".") ? null : path,
  path,
  doc: null,
  size,
  align: 8,
  shape,
  members,
});
export const struct = (id: number, path: string, size: number, members: readonly Member[]): StructDecl => ({
  kind: "struct",
  ...composite(id, path, size, members),
});
export const union = (id: number, path: string, size: number, members: readonly Member[]): UnionDecl => ({
  kind: "union",
  ...composite(id, path, size, members),
});
export const enumeration = (id: number, path: string, values: Readonly<Record<string, string>>, signed = false): EnumDecl => ({
  kind: "enum",
  id,
  name: path,
  path,
  bytes: 4,
  signed,
  values: Object.entries(values).map(([name, value]) => ({ name, value, doc: null })),
  doc: null,
});

export const map = (name: string, more: Partial<MapLayout>): MapLayout => ({
  name,
  type: "hash",
  access: "keyed",
  perCpu: false,
  key: u32,
  keySize: 4,
  value: u64,
  valueSize: 8,
  valueStride: 8,
  maxEntries: 64,
  flags: 0,
  extra: "0",
  pinning: "none",
  numaNode: null,
  event: null,
  histogram: null,
  fallback: null,
  inner: null,
  initial: [],
  doc: null,
  ...more,
});

export const program = (
  name: string,
  section: string,
  attach: ProgramLayout["attach"],
  more: Partial<ProgramLayout> = {},
): ProgramLayout => ({
  name,
  section,
  type: "tracing",
  attachType: null,
  attach,
  autoattach: true,
  autoload: true,
  sleepable: false,
  doc: null,
  ...more,
});

export const variable = (path: string, offset: number, type: TypeRef, size: number, doc: string | null = null): Variable => ({
  kind: "variable",
  name: path,
  path,
  offset,
  size,
  type,
  linkage: "global",
  doc,
});

export const section = (
  name: string,
  kind: DataSection["kind"],
  write: DataSection["write"],
  members: DataSection["members"],
): DataSection => ({
  name,
  ident: name.slice(1).replaceAll(".", "_"),
  kind,
  size: members.reduce((end, member) => Math.max(end, member.offset + member.size), 0),
  align: 8,
  write,
  memoryMapped: true,
  members,
});

export const layoutOf = (name: string, parts: Partial<Layout>): Layout => ({
  schema: 1,
  object: {
    name,
    sha256: "0123456789abcdef".repeat(4),
    byteLength: 4,
    endianness: "little",
    license: "GPL",
    kernelVersion: null,
  },
  types: [],
  maps: [],
  sections: [],
  programs: [],
  structOps: [],
  externs: [],
  notes: [],
  ...parts,
});

/** The object of the README: one of each thing that a user meets first. */
export const hello: Layout = layoutOf("hello", {
  types: [
    enumeration(0, "outcome", { DONE: "0", FAILED: "1" }),
    union(1, "event.addr", 4, [field("v4", 0, u32, 4), field("bytes", 0, array(u8, 4), 4)]),
    struct(2, "event", 48, [
      field("timestamp", 0, u64, 8, { doc: "Nanoseconds since boot,\nby the monotonic clock." }),
      field("pid", 8, u32, 4),
      bits("kind", { offset: 12, bytes: 1 }, 0, 3),
      bits("level", { offset: 12, bytes: 1 }, 3, 5, s32),
      { kind: "padding", offset: 13, size: 3 },
      field("addr", 16, named(1), 4),
      field("outcome", 20, named(0), 4),
      field("comm", 24, array(char, 16), 16),
      field("ports", 40, array(int(2), 4), 8),
    ]),
  ] satisfies TypeDecl[],
  maps: [
    map("events", {
      type: "ringbuf",
      access: "stream-out",
      key: null,
      keySize: 0,
      value: null,
      valueSize: 0,
      event: { type: named(2), from: "map", minBytes: 48, maxBytes: 48, fixed: true },
    }),
    map("counts", { doc: "Executions by user id." }),
    map("by_cpu", { type: "percpu_array", access: "indexed", perCpu: true }),
  ],
  sections: [
    section(".rodata", "rodata", "before-load", [variable("target_pid", 0, u32, 4, "0 is every process")]),
    section(".bss", "bss", "always", [variable("total", 0, u64, 8)]),
  ],
  programs: [
    program("on_exec", "tp_btf/sched_process_exec", { kind: "tp_btf", name: "sched_process_exec" }),
    program("on_return", "kretprobe/do_exit", { kind: "kprobe", function: "do_exit", offset: 0, return: true }),
  ],
});

export const helloOptions = { object: new Uint8Array([1, 2, 3, 4]), source: "hello.bpf.o", version: "0.1.0" };
