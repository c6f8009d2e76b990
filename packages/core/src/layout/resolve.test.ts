import { describe, expect, test } from "vitest";
import { type Btf, BtfBuilder, type NewBtfType, readBtf } from "../btf/index.ts";
import type { BpfObject, DataDefinition, Extern, MapDefinition, Program } from "../object/index.ts";
import { LayoutError, type LayoutErrorCode } from "./errors.ts";
import { resolveLayout } from "./resolve.ts";

function btfOf(types: readonly NewBtfType[], endianness: "little" | "big" = "little"): Btf {
  const builder = new BtfBuilder();
  for (const type of types) builder.add(type);
  return readBtf(builder.build(endianness), { endianness });
}
const u32: NewBtfType = { kind: "int", name: "unsigned int", size: 4, bits: 32, bitOffset: 0, signed: false, char: false, bool: false };
const struct = (name: string, ...fields: string[]): NewBtfType => ({
  kind: "struct",
  name,
  size: fields.length * 4,
  members: fields.map((field, index) => ({ name: field, type: 1, bitOffset: index * 32, bitSize: 0 })),
});
/** unsigned int (1), struct event (2), struct other (3), typedef event_t (4). */
const types = [u32, struct("event", "pid", "uid"), struct("other", "a"), { kind: "typedef", name: "event_t", type: 3 } as const];

const ringbuf: MapDefinition = {
  name: "events",
  type: "ringbuf",
  key: null,
  value: null,
  keySize: 0,
  valueSize: 0,
  maxEntries: 4096,
  flags: 0,
  numaNode: null,
  pinning: "none",
  extra: 0n,
  inner: null,
  initial: [],
  event: null,
  variable: 0,
  struct: 0,
  sectionIndex: 1,
  offset: 0,
};
const hash: MapDefinition = { ...ringbuf, name: "counts", type: "hash", key: 1, value: 1, keySize: 4, valueSize: 4, offset: 32 };

function objectOf(more: Partial<BpfObject> = {}): BpfObject {
  return {
    elf: { bytes: new Uint8Array([1, 2, 3]), endianness: "little", sections: [], symbols: [] },
    btf: btfOf(types),
    btfExt: null,
    license: "GPL",
    kernelVersion: null,
    programs: [],
    subprograms: [],
    maps: [ringbuf, hash],
    legacyMaps: [],
    data: [],
    externs: [],
    unresolved: [],
    structOps: [],
    ...more,
  };
}
const name = "hello";

function errorOf(run: () => unknown): LayoutError {
  try {
    run();
  } catch (error) {
    if (error instanceof LayoutError) return error;
  }
  throw new Error("no LayoutError was thrown");
}

describe("the type of an event", () => {
  test("is what the user says, before what the map says", () => {
    const maps = [{ ...ringbuf, event: 3 }];
    expect(resolveLayout(objectOf({ maps }), { name }).maps[0]?.event).toMatchObject({ from: "map", fixed: false, maxBytes: null });
    const layout = resolveLayout(objectOf({ maps }), { name, events: { events: "struct event" } });
    expect(layout.maps[0]?.event).toMatchObject({ from: "option", type: { kind: "named", id: 0 } });
    expect(layout.types.map((type) => type.path)).toEqual(["event"]);
    expect(layout.notes).toMatchObject([
      { code: "event-type-overridden", message: expect.stringContaining("the object itself says other") },
    ]);
    expect(resolveLayout(objectOf({ maps }), { name, events: { events: "event_t" } }).notes).toEqual([]);
  });

  test("is the struct that a ring buffer has as its value, as objects for cilium/ebpf declare it", () => {
    expect(resolveLayout(objectOf({ maps: [{ ...ringbuf, value: 2 }] }), { name }).maps[0]?.event?.from).toBe("map");
    expect(resolveLayout(objectOf({ maps: [{ ...ringbuf, value: 1 }] }), { name }).maps[0]?.event?.from).toBe("none");
  });

  test("is bytes where nobody says it, with a note that tells what to do", () => {
    const layout = resolveLayout(objectOf(), { name });
    expect(layout.maps[0]?.event).toEqual({ type: null, from: "none", minBytes: 0, maxBytes: null, fixed: false });
    expect(layout.notes).toMatchObject([{ code: "event-type-unknown", subject: "events" }]);
    expect(layout.notes[0]?.hint).toContain("--event events=STRUCT");
  });

  test("may come from another BTF, after that of the object", () => {
    const extraBtf = [btfOf([u32, struct("event", "other_shape"), struct("extra", "a", "b", "c")])];
    const layout = resolveLayout(objectOf(), { name, events: { events: "extra" }, types: ["event"], extraBtf });
    expect(layout.types).toMatchObject([
      { path: "extra", size: 12 },
      { path: "event", size: 8 },
    ]);
  });
});

describe("a wrong option", () => {
  const cases: [LayoutErrorCode, string, () => unknown][] = [
    ["unknown-type", "did you mean event", () => resolveLayout(objectOf(), { name, events: { events: "struct evnt" } })],
    ["unknown-type", "--types", () => resolveLayout(objectOf(), { name, types: ["nothing_like_it"] })],
    ["unknown-type", "did you mean event_t", () => resolveLayout(objectOf(), { name, types: ["struct event_t"] })],
    ["unknown-map", "did you mean events?", () => resolveLayout(objectOf(), { name, events: { event: "event" } })],
    ["unknown-map", "no ring buffer", () => resolveLayout(objectOf({ maps: [hash] }), { name, events: { event: "event" } })],
    ["not-an-event-map", "its event maps are events", () => resolveLayout(objectOf(), { name, events: { counts: "event" } })],
    ["endianness-mismatch", "compile", () => resolveLayout(objectOf(), { name, extraBtf: [btfOf(types, "big")] })],
    [
      "ambiguous-type",
      "name of its own",
      () => resolveLayout(objectOf({ btf: btfOf([...types, struct("event", "x")]) }), { name, types: ["event"] }),
    ],
  ];
  test.each(cases)("is the error %s with a hint: %s", (code, hint, run) => {
    const error = errorOf(run);
    expect(error.code).toBe(code);
    expect(error.hint).toContain(hint);
  });
});

describe("named types", () => {
  test("are reached although nothing uses them, by tag, by keyword and tag, or by typedef", () => {
    const paths = (...wanted: string[]): string[] => resolveLayout(objectOf(), { name, types: wanted }).types.map((type) => type.path);
    expect(paths()).toEqual([]);
    expect(paths("other", "struct event")).toEqual(["other", "event"]);
    expect(paths("event_t")).toEqual(["other", "event_t"]);
  });
});

test("the object is described by its bytes", () => {
  const { object } = resolveLayout(objectOf(), { name });
  expect(object).toMatchObject({ name: "hello", byteLength: 3, endianness: "little", license: "GPL" });
  expect(object.sha256).toBe("039058c6f2c0cb492c533b0a4d14ef77cc0f78abccced5287d84a1a2011cfb81");
});

test("a per-CPU value has its stride rounded up to eight bytes, another its own size", () => {
  const maps = [
    { ...hash, type: "percpu_hash" as const, value: 3, valueSize: 4 },
    { ...hash, value: null, valueSize: 12 },
  ];
  const layout = resolveLayout(objectOf({ maps }), { name });
  expect(layout.maps).toMatchObject([
    { perCpu: true, valueStride: 8, access: "keyed" },
    { perCpu: false, valueStride: 12 },
  ]);
  expect(layout.notes).toMatchObject([{ code: "value-without-type", subject: "counts" }]);
});

test("sections tell which globals can be written, and an object without BTF has them as bytes", () => {
  const variable = (of: string, offset: number, size: number) =>
    ({ name: of, offset, size, type: null, btfId: null, linkage: "static" }) as const;
  const data: DataDefinition[] = [
    {
      name: ".rodata.cst16",
      kind: "rodata",
      sectionIndex: 2,
      size: 16,
      align: 16,
      variables: [variable("f.zero", 4, 4), variable("f.zero", 8, 4)],
    },
    { name: ".bss", kind: "bss", sectionIndex: 3, size: 8, align: 8, variables: [variable("total", 0, 8), variable("alias", 4, 4)] },
  ];
  const layout = resolveLayout(objectOf({ btf: null, maps: [], data, legacyMaps: [{ name: "old", section: "maps", offset: 0 }] }), {
    name,
  });
  const bytes = (length: number) => ({ kind: "array", element: { kind: "int", bytes: 1, signed: false }, length, text: false });
  expect(layout.sections).toMatchObject([
    {
      ident: "rodata_cst16",
      write: "before-load",
      memoryMapped: false,
      members: [
        { kind: "padding", offset: 0, size: 4 },
        { path: "f.zero", type: bytes(4) },
        { path: "f.zero~2" },
        { kind: "padding", offset: 12, size: 4 },
      ],
    },
    { write: "always", members: [{ path: "total", type: bytes(8) }] },
  ]);
  expect(layout.notes.map(({ code, subject }) => [code, subject])).toEqual([
    ["legacy-maps", "old"],
    ["no-btf", ".BTF"],
    ["overlapping-variable", "alias"],
  ]);
});

test("what another object defines is noted", () => {
  const { notes } = resolveLayout(objectOf({ unresolved: ["events"] }), { name: "b" });
  expect(notes).toContainEqual(
    expect.objectContaining({ code: "unlinked", subject: "events", hint: expect.stringContaining("lbc build") }),
  );
});

test("a global whose type BTF cannot describe is bytes", () => {
  const btf = btfOf([u32, { kind: "typedef", name: "hits_t", type: 0 }]);
  const variable = { name: "hits", offset: 0, size: 8, type: 2, btfId: null, linkage: "global" } as const;
  const data: DataDefinition[] = [{ name: ".bss", kind: "bss", sectionIndex: 3, size: 8, align: 8, variables: [variable] }];
  const layout = resolveLayout(objectOf({ btf, maps: [], data }), { name });
  expect(layout.types).toEqual([]);
  expect(layout.sections).toMatchObject([{ memoryMapped: true, members: [{ name: "hits", size: 8, type: { kind: "array", length: 8 } }] }]);
});

test("a program attaches by itself where its section names the target and libbpf needs no descriptor", () => {
  const program = (attach: Program["attach"]): Program => ({
    name: "p",
    section: "s",
    sectionIndex: 1,
    offset: 0,
    size: 0,
    type: "kprobe",
    attachType: null,
    attach,
    autoload: true,
    sleepable: false,
    frags: false,
    btfId: null,
  });
  const programs = [
    program({ kind: "kprobe", function: "do_unlinkat", offset: 0, return: false }),
    program({ kind: "kprobe", function: null, offset: 0, return: false }),
    program({ kind: "tp_btf", name: "sched_switch" }),
    program({ kind: "uprobe", path: "/bin/sh", function: null, offset: 0, return: false }),
    program({ kind: "xdp" }),
    program(null),
  ];
  const layout = resolveLayout(objectOf({ programs }), { name });
  expect(layout.programs.map((one) => one.autoattach)).toEqual([true, false, true, false, false, false]);
});

test("externs have the type that user space can hold, and a declaration for people", () => {
  const extern = (kind: Extern["kind"], of: string, type: number | null): Extern => ({ name: of, kind, type, weak: false, offset: null });
  const btf = btfOf([
    ...types,
    { kind: "function-prototype", name: "", result: 0, parameters: [{ name: "flags", type: 1 }] },
    { kind: "pointer", name: "", type: 5 },
    { kind: "array", name: "", element: 6, index: 1, length: 4 },
  ]);
  const externs = [
    extern("kconfig", "CONFIG_HZ", 1),
    extern("ksym", "runqueues", 2),
    extern("ksym", "handlers", 7),
    extern("kfunc", "bpf_lock", 5),
    extern("ksym", "untyped", null),
  ];
  const layout = resolveLayout(objectOf({ btf, maps: [], externs }), { name });
  expect(layout.externs.map(({ type, declaration }) => [type?.kind ?? null, declaration])).toEqual([
    ["int", "unsigned int CONFIG_HZ"],
    [null, "struct event runqueues"],
    ["array", "void (*handlers[4])(unsigned int flags)"],
    [null, "void bpf_lock(unsigned int flags)"],
    [null, "void untyped"],
  ]);
  expect(layout.types).toEqual([]);
});
