import type { Layout, MapLayout, ProgramLayout } from "@lbc/core/layout";
import { array, bits, char, composite, field, layoutOfTypes, named, s32, typedef, u32, u64 } from "./layout.test-support.ts";

const map = (name: string, type: MapLayout["type"], access: MapLayout["access"], more: Partial<MapLayout>): MapLayout => ({
  name,
  type,
  access,
  perCpu: false,
  key: null,
  keySize: 0,
  value: null,
  valueSize: 0,
  valueStride: 0,
  maxEntries: 1024,
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

const program = (name: string, section: string, more: Partial<ProgramLayout>): ProgramLayout => ({
  name,
  section,
  type: "tracing",
  attachType: null,
  attach: null,
  autoattach: false,
  autoload: true,
  sleepable: false,
  doc: null,
  ...more,
});

const types = layoutOfTypes(typedef(0, "__u32", u32), typedef(1, "u32", named(0)), typedef(2, "__u64", u64), typedef(3, "u64", named(2)), {
  ...composite("struct", 4, "event", "event", 32, 8, [
    field("time", 0, named(3), 8, "Nanoseconds since boot,\n\nby the monotonic clock."),
    field("pid", 8, named(1), 4),
    bits("exited", 96, 1, u32),
    { kind: "padding", offset: 13, size: 3 },
    field("comm", 16, array(char, 16), 16),
  ]),
  doc: "What is sent\nfor each program.",
});

/** A small object with one of each that most objects have: types, maps, events, globals, programs. */
export const hello: Layout = {
  ...types,
  maps: [
    map("events", "ringbuf", "stream-out", {
      maxEntries: 4096,
      event: { type: named(4), from: "map", minBytes: 32, maxBytes: 32, fixed: true },
      doc: "Every program that is executed,\nby whomever.",
    }),
    map("counts", "hash", "keyed", { key: named(1), keySize: 4, value: named(3), valueSize: 8, valueStride: 8 }),
    map("slots", "percpu_array", "indexed", { key: named(1), keySize: 4, value: s32, valueSize: 4, valueStride: 8, perCpu: true }),
  ],
  sections: [
    {
      name: ".rodata",
      ident: "rodata",
      kind: "rodata",
      size: 4,
      align: 4,
      write: "before-load",
      memoryMapped: true,
      members: [
        {
          kind: "variable",
          name: "target_pid",
          path: "target_pid",
          offset: 0,
          size: 4,
          type: named(1),
          linkage: "global",
          doc: "The process to watch:\n0 is every process.",
        },
      ],
    },
    {
      name: ".data.config",
      ident: "data_config",
      kind: "custom",
      size: 24,
      align: 8,
      write: "always",
      memoryMapped: true,
      members: [
        { kind: "variable", name: "f.zero", path: "f.zero", offset: 0, size: 4, type: s32, linkage: "static", doc: null },
        { kind: "padding", offset: 4, size: 12 },
        { kind: "variable", name: "class", path: "class", offset: 16, size: 8, type: named(3), linkage: "global", doc: null },
      ],
    },
  ],
  programs: [
    program("on_exec", "tp_btf/sched_process_exec", { attach: { kind: "tp_btf", name: "sched_process_exec" }, autoattach: true }),
    program("on_open", "?kprobe", {
      type: "kprobe",
      attach: { kind: "kprobe", function: null, offset: 0, return: false },
      autoload: false,
    }),
  ],
};

export const helloOptions = { object: new Uint8Array([0x7f, 0x45, 0x4c, 0x46]), source: "hello.bpf.o", version: "0.0.0" };
