import { type Field, type Layout, layoutSchema, type MapLayout, type Shape, type TypeDecl, type TypeRef } from "@lbc/core/layout";
import { expect, test } from "vitest";
import { renderInspect } from "./render.ts";

const int = (bytes: 1 | 2 | 4 | 8, signed = false): TypeRef => ({ kind: "int", bytes, signed, role: "number" });
const named = (id: number): TypeRef => ({ kind: "named", id });
const text = (length: number): TypeRef => ({
  kind: "array",
  element: { kind: "int", bytes: 1, signed: true, role: "char" },
  length,
  text: true,
});
const shape: Shape = {
  packed: false,
  explicitAlign: false,
  containsAligned: false,
  endsZeroSized: false,
  misaligned: false,
  bitFields: false,
};
const field = (name: string | null, offset: number, type: TypeRef, size: number, more: Partial<Field> = {}): Field => ({
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

const types: TypeDecl[] = [
  { kind: "typedef", id: 0, name: "u32", path: "u32", doc: "An unsigned number.", type: int(4) },
  {
    kind: "enum",
    id: 1,
    name: "state",
    path: "state",
    doc: null,
    bytes: 4,
    signed: true,
    values: [
      { name: "STATE_BAD", value: "-1", doc: null },
      { name: "STATE_GOOD", value: "0", doc: null },
    ],
  },
  {
    kind: "union",
    id: 2,
    name: null,
    path: "event.v4",
    doc: null,
    size: 16,
    align: 4,
    shape,
    members: [field("v4", 0, named(0), 4), field("v6", 0, { kind: "array", element: int(1), length: 16, text: false }, 16)],
  },
  {
    kind: "struct",
    id: 3,
    name: "event",
    path: "event",
    doc: "One event.\nOr two.",
    size: 64,
    align: 8,
    shape: { ...shape, bitFields: true },
    members: [
      field("pid", 0, named(0), 4, { doc: "the process" }),
      {
        kind: "bits",
        name: "kind",
        bitOffset: 33,
        bitSize: 3,
        signed: false,
        type: named(0),
        unit: { offset: 4, bytes: 1 },
        shift: 1,
        doc: null,
      },
      {
        kind: "bits",
        name: "last",
        bitOffset: 36,
        bitSize: 1,
        signed: false,
        type: named(0),
        unit: { offset: 4, bytes: 1 },
        shift: 4,
        doc: null,
      },
      { kind: "padding", offset: 5, size: 3 },
      field(null, 8, named(2), 16),
      field("task", 24, { kind: "pointer", to: { kind: "incomplete", tag: "struct", name: "task" }, tags: ["kptr"] }, 8, {
        special: "kptr",
      }),
      field("call", 32, { kind: "pointer", to: { kind: "function" }, tags: [] }, 8),
      field("argv", 40, { kind: "pointer", to: text(16), tags: [] }, 8),
      field("state", 48, named(1), 4),
      field("comm", 52, text(4), 4),
      field("rest", 56, text(0), 0, { flexible: true }),
      { kind: "padding", offset: 56, size: 8 },
    ],
  },
  {
    kind: "struct",
    id: 4,
    name: null,
    path: "odd_t",
    doc: null,
    size: 5,
    align: 1,
    shape: { ...shape, packed: true, misaligned: true },
    members: [field("a", 0, int(1, true), 1), field("b", 1, int(4, true), 4, { aligned: false })],
  },
  { kind: "typedef", id: 5, name: "odd_t", path: "odd_t~typedef", doc: null, type: named(4) },
];

const map = (name: string, type: MapLayout["type"], access: MapLayout["access"], more: Partial<MapLayout> = {}): MapLayout => ({
  name,
  type,
  access,
  perCpu: false,
  key: null,
  keySize: 0,
  value: null,
  valueSize: 0,
  valueStride: 0,
  maxEntries: 0,
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
const counts = map("counts", "percpu_hash", "keyed", {
  perCpu: true,
  key: named(0),
  keySize: 4,
  value: named(5),
  valueSize: 5,
  maxEntries: 1024,
  flags: 1,
  pinning: "by-name",
});

const everything: Layout = {
  schema: layoutSchema,
  object: {
    name: "hello",
    sha256: "0123456789abcdef0123",
    byteLength: 12345,
    endianness: "big",
    license: "GPL",
    kernelVersion: (6 << 16) + (1 << 8) + 2,
  },
  types,
  maps: [
    map("events", "ringbuf", "stream-out", {
      maxEntries: 4096,
      fallback: "perf_event_array",
      event: { type: named(3), from: "inferred", minBytes: 0, maxBytes: 64, fixed: false },
    }),
    map("raw", "perf_event_array", "stream-out", { event: { type: null, from: "none", minBytes: 8, maxBytes: null, fixed: false } }),
    counts,
    map("latency", "array", "indexed", { keySize: 4, valueSize: 8, maxEntries: 64, histogram: "log2" }),
    map("outer", "array_of_maps", "maps", {
      key: named(0),
      keySize: 4,
      maxEntries: 2,
      inner: counts,
      initial: [{ slot: 1, target: "counts" }],
    }),
    map("stacks", "stack_trace", "stack-traces", { keySize: 4, valueSize: 1016, maxEntries: 100, doc: "Who called." }),
  ],
  sections: [
    {
      name: ".rodata",
      ident: "rodata",
      kind: "rodata",
      size: 8,
      align: 4,
      write: "before-load",
      memoryMapped: true,
      members: [
        { kind: "variable", name: "limit", path: "limit", offset: 0, size: 4, type: named(0), linkage: "global", doc: "The most." },
        { kind: "padding", offset: 4, size: 4 },
      ],
    },
    {
      name: ".bss",
      ident: "bss",
      kind: "bss",
      size: 1,
      align: 1,
      write: "always",
      memoryMapped: false,
      members: [{ kind: "variable", name: "f.done", path: "f.done", offset: 0, size: 1, type: int(1), linkage: "static", doc: null }],
    },
  ],
  programs: [
    {
      name: "on_open",
      section: "kprobe/do_sys_open",
      type: "kprobe",
      attachType: null,
      attach: { kind: "kprobe", function: "do_sys_open", offset: 0, return: false },
      autoattach: true,
      autoload: true,
      sleepable: false,
      doc: null,
    },
    {
      name: "drop",
      section: "?xdp.s",
      type: "xdp",
      attachType: "xdp",
      attach: { kind: "xdp" },
      autoattach: false,
      autoload: false,
      sleepable: true,
      doc: "Drops.",
    },
    {
      name: "once",
      section: "syscall",
      type: "syscall",
      attachType: null,
      attach: null,
      autoattach: false,
      autoload: true,
      sleepable: true,
      doc: null,
    },
  ],
  structOps: [
    {
      name: "control",
      typeName: "tcp_congestion_ops",
      section: ".struct_ops.link",
      link: true,
      size: 16,
      functions: [
        { member: "init", program: "once" },
        { member: "release", program: null },
      ],
      fields: [{ member: "name", offset: 8, size: 8, type: text(8) }],
      doc: null,
    },
  ],
  externs: [
    { name: "CONFIG_HZ", kind: "kconfig", type: int(8), declaration: "unsigned long CONFIG_HZ", weak: false, offset: 0 },
    { name: "runqueues", kind: "ksym", type: null, declaration: "struct rq runqueues", weak: true, offset: null },
  ],
  notes: [
    { code: "legacy-maps", subject: "old", message: "map old is defined the legacy way", hint: "declare it anew" },
    { code: "event-type-unknown", subject: "raw", message: "the events of map raw are bytes", hint: "name it: --event raw=STRUCT" },
  ],
};

test("everything that a layout has is shown, without a colour where none is wanted", async () => {
  await expect(renderInspect(everything, { color: false, width: 40 })).toMatchFileSnapshot("golden/everything.txt");
});

test("colours change nothing but colours", () => {
  const colored = renderInspect(everything, { color: true });
  expect(colored).toContain("\x1b[");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the sequences that set a colour
  expect(colored.replace(/\x1b\[\d+m/g, "")).toBe(renderInspect(everything, { color: false }));
});

test("an object with nothing in it has a heading only", () => {
  const empty: Layout = { ...everything, types: [], maps: [], sections: [], programs: [], structOps: [], externs: [], notes: [] };
  expect(renderInspect(empty, { color: false }).split("\n")).toHaveLength(2);
});

test("a name in an object cannot send commands to the terminal", () => {
  const hostile: Layout = { ...everything, object: { ...everything.object, name: "a\x1b[2Jb\r\u202e" } };
  const shown = renderInspect(hostile, { color: false });
  expect(shown).toContain("a\\u{1b}[2Jb\\u{d}\\u{202e}");
  expect([...shown].filter((character) => character < " " && character !== "\n")).toEqual([]);
});
