import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { bare, everything, hello } from "./fixtures/samples.ts";
import { emit } from "./index.ts";
import { runtimeVersion } from "./view.ts";

const object = new Uint8Array([0x7f, 0x45, 0x4c, 0x46]);
const options = { object, source: "hello.bpf.o", version: "0.1.0" };
const golden = (name: string): string => new URL(`golden/${name}`, import.meta.url).pathname;

test("a crate is its manifest, one source file and the object, none of them called .o", async () => {
  const files = [...(await emit(hello, options))];
  expect(files.map(({ path }) => path)).toEqual(["Cargo.toml", "src/hello_bpf.obj", "src/lib.rs"]);
  expect(files[1]?.content).toBe(object);
});

test("a module is the same source and object, without a manifest", async () => {
  const [crate, module] = [await emit(hello, options), await emit(hello, { ...options, module: true })];
  expect([...module].map(({ path }) => path)).toEqual(["hello_bpf.obj", "mod.rs"]);
  expect(module.get("mod.rs")).toBe(crate.get("src/lib.rs"));
});

test("the first crate that a user meets reads as a person would have written it", async () => {
  const files = await emit(hello, options);
  await expect(files.get("Cargo.toml")).toMatchFileSnapshot(golden("Cargo.toml"));
  await expect(files.get("src/lib.rs")).toMatchFileSnapshot(golden("hello.rs"));
});

test("what an object has nothing of is not in its crate", async () => {
  const code = String((await emit(bare, options)).get("src/lib.rs"));
  for (const absent of ["Maps", "Links", "fn attach", "FromBytes"]) expect(code).not.toContain(absent);
  expect(code).toContain("pub struct T1bareObject {");
});

test("maps get the operations that their kind has, and bytes where BTF has no type", async () => {
  const code = String((await emit(everything, options)).get("src/lib.rs"));
  const maps = code.slice(code.indexOf("pub struct Maps {"), code.indexOf("impl Maps {"));
  const fields = [...maps.matchAll(/^ {4}(\S+):\s+(.*),$/gm)].map(([, name, type]) => `${name} ${type}`);
  expect(fields).toEqual([
    "keyed rlbc::KeyedMap<u32, AnonymousMembers>",
    "keyed_bytes rlbc::KeyedMap<[u8; 3], [u8; 5]>",
    "per_cpu rlbc::PerCpuMap<u32, u64>",
    "indexed rlbc::ArrayMap<Packed>",
    "per_cpu_indexed rlbc::PerCpuArray<u16>",
    "queue rlbc::QueueMap<u64>",
    "bloom rlbc::BloomFilter<u64>",
    "latency rlbc::HistogramMap",
    "stacks rlbc::StackTraces",
    "stacks_by_build_id rlbc::KeyedMap<u32, [u8; 4064]>",
    "programs rlbc::ProgramArray",
    "r#type rlbc::MapOfMaps<u32>",
    "ring rlbc::RingBuffer<[u8]>",
    "perf_with_a_name_that_makes_its_lines_longer_than_rustfmt_likes rlbc::PerfEventArray<AnonymousMembers>",
  ]);
});

test("variables of sections that are not mapped into memory are reached as all others, and say what that costs", async () => {
  const code = String((await emit(everything, options)).get("src/lib.rs"));
  expect(code).toContain("pub fn rodata_table_mut(&mut self) -> &mut RodataTable {");
  expect(code).toContain("pub fn rodata_table(&self) -> &RodataTable {");
  expect(code).toContain("pub fn count_zero(&self) -> rlbc::Global<'obj, u64> {");
  const access = code.split("\n").flatMap((line, at, lines) => (line.includes("pub fn data_private") ? [lines[at - 1]?.trim()] : []));
  expect(access).toEqual([
    "/// The variables of `.data.private`, live; not mapped into memory: each access is a system call.",
    "/// The variables of `.data.private`, with their first values.",
  ]);
});

test("programs get the ways of attaching that their kind has", async () => {
  const code = String((await emit(everything, options)).get("src/lib.rs"));
  const kinds = [...code.matchAll(/rlbc::kind::(\w+)/g)].map(([, kind]) => kind);
  const wanted =
    "Kprobe Kretprobe Ksyscall Kretsyscall Uprobe Uretprobe Usdt Tracepoint RawTracepoint Tracing PerfEvent SocketFilter Xdp Cgroup Other";
  expect(kinds).toEqual([...wanted.split(" "), "Other"]);
});

test("the crate asks for the runtime of this repository", () => {
  const manifest = readFileSync(new URL("../../../packages/rlbc/Cargo.toml", import.meta.url), "utf8");
  expect(manifest).toContain(`version = "${runtimeVersion}"`);
});
