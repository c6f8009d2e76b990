import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Layout } from "@lbc/core/layout";
import { afterAll, beforeAll, expect, test } from "vitest";
import { compileObject, layoutOf } from "./compile.test-support.ts";
import { emit } from "./index.ts";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const object = new Uint8Array([0x7f, 0x45, 0x4c, 0x46]);
const options = { object, source: "hello.bpf.o", version: "0.1.0" };
let folder = "";
let hello: Layout;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "lbc-gen-go-"));
  // The hash of the object is that of one compiler: the golden files are the same with every one.
  const layout = layoutOf(await compileObject(here("fixtures/hello.bpf.c"), join(folder, "hello.o"), "bpfel"), "hello");
  hello = { ...layout, object: { ...layout.object, sha256: "0".repeat(64) } };
});

afterAll(() => rm(folder, { recursive: true, force: true }));

test("a package is its skeleton, its types and the object, none of them called .o", async () => {
  const files = [...(await emit(hello, options))];
  expect(files.map(({ path }) => path)).toEqual(["hello.bpf", "hello_skel.go", "hello_types.go"]);
  expect(files[0]?.content).toBe(object);
});

test("the first package that a user meets reads as a person would have written it", async () => {
  const files = await emit(hello, options);
  await expect(files.get("hello_skel.go")).toMatchFileSnapshot(here("golden/hello_skel.go"));
  await expect(files.get("hello_types.go")).toMatchFileSnapshot(here("golden/hello_types.go"));
});

test("what an object has nothing of is not in its package", async () => {
  const files = await emit({ ...hello, types: [], maps: [], sections: [], programs: [] }, options);
  for (const absent of ["Maps", "Programs", "WithRodata", "unsafe"]) {
    expect(String(files.get("hello_skel.go")) + String(files.get("hello_types.go"))).not.toContain(absent);
  }
});

test("programs get the ways of attaching that their kind has", async () => {
  const kinds = [
    "kprobe/f",
    "uprobe",
    "tracepoint/a/b",
    "raw_tp/c",
    "fentry/d",
    "iter/task",
    "xdp",
    "tc",
    "cgroup/skb",
    "netfilter",
    "usdt",
  ];
  const program = hello.programs[0];
  if (program === undefined) throw new Error("the fixture has no program");
  const attaches = [
    { kind: "kprobe", function: "f", offset: 4, return: true },
    { kind: "uprobe", path: null, function: null, offset: 0, return: false },
    { kind: "tracepoint", category: "a", name: "b" },
    { kind: "raw_tracepoint", name: "c", writable: false },
    { kind: "trampoline", when: "entry", function: "d" },
    { kind: "iter", target: "task" },
    { kind: "xdp" },
    { kind: "tc" },
    { kind: "cgroup" },
    { kind: "netfilter" },
    { kind: "usdt", path: null, provider: null, name: null },
  ] as const;
  const programs = attaches.map((attach, index) => ({
    ...program,
    name: `p${index}`,
    section: kinds[index] ?? "",
    attach,
    autoattach: false,
  }));
  const text = String((await emit({ ...hello, programs }, options)).get("hello_skel.go"));
  expect([...text.matchAll(/skel\.Progs\.P\d+ = (.*)/g)].map(([, made]) => made?.replaceAll("golbc.", ""))).toEqual([
    'KprobeProgram{Program: NewProgram(object, "p0", false, Kprobe("f", 4, true)), Return: true}',
    'UprobeProgram{Program: NewProgram(object, "p1", false, nil), Return: false}',
    'TracepointProgram{Program: NewProgram(object, "p2", false, Tracepoint("a", "b"))}',
    'RawTracepointProgram{Program: NewProgram(object, "p3", false, RawTracepoint("c"))}',
    'NewProgram(object, "p4", false, Tracing)',
    'IterProgram{Program: NewProgram(object, "p5", false, Iter)}',
    'XDPProgram{Program: NewProgram(object, "p6", false, nil)}',
    'ClassifierProgram{Program: NewProgram(object, "p7", false, nil)}',
    'CgroupProgram{Program: NewProgram(object, "p8", false, nil)}',
    'NetfilterProgram{Program: NewProgram(object, "p9", false, nil)}',
    'NewProgram(object, "p10", false, Unsupported("usdt"))',
  ]);
});

test("maps get the operations that their kind has, and bytes where BTF has no type", async () => {
  const [events, counts] = hello.maps;
  if (events === undefined || counts === undefined) throw new Error("the fixture has two maps");
  const maps = [
    counts,
    { ...counts, name: "bytes", key: null, keySize: 3, value: null, valueSize: 5 },
    { ...counts, name: "per_cpu", perCpu: true },
    { ...counts, name: "indexed", access: "indexed" as const },
    { ...counts, name: "slots", access: "indexed" as const, perCpu: true },
    { ...counts, name: "queue", access: "queue" as const },
    { ...counts, name: "bloom", access: "bloom" as const },
    { ...counts, name: "tails", access: "programs" as const },
    { ...events, name: "untyped", event: { type: null, from: "none" as const, minBytes: 0, maxBytes: null, fixed: false } },
  ];
  const text = String((await emit({ ...hello, maps }, options)).get("hello_skel.go"));
  expect(
    [...text.matchAll(/^\t\w+ +(\*golbc\.(?!MapSpec|ProgramSpec|Program$).*)$/gm)].map(([, type]) => type?.replace("*golbc.", "")),
  ).toEqual([
    "Map[uint32, uint64]",
    "Map[[3]byte, [5]byte]",
    "PerCPUMap[uint32, uint64]",
    "Array[uint64]",
    "PerCPUArray[uint64]",
    "Queue[uint64]",
    "BloomFilter[uint64]",
    "ProgArray",
    "RawEvents",
  ]);
});
