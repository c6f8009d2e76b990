/**
 * The idioms of BPF CO-RE, compiled with the types of the kernel that set-up ran on. On another kernel:
 * npm run kernels -- 6.1 -- node node_modules/vitest/vitest.mjs run packages/runtime/src/kernel-tests/core-idioms.test.ts
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { release } from "node:os";
import { type Btf, readBtf } from "@lbc/core/btf";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { LoadedObject } from "../index.ts";
import { openFixture } from "./fixtures.test.support.ts";

let loaded: LoadedObject;
let kernel: Btf;
beforeAll(() => {
  kernel = readBtf(readFileSync("/sys/kernel/btf/vmlinux"));
  const open = openFixture("idioms");
  open.section(".rodata").view.setInt32(0, process.pid, true);
  loaded = open.load();
});
afterAll(() => loaded.close());

/** What a program returned that this thread ran. */
const run = (program: string): number => loaded.program(program).testRun().returnValue;
/** What the kernel tells of this process, or of the thread. */
const proc = (file: string): string => readFileSync(`/proc/${file}`, "utf8").trimEnd();
/** The text that the last program read. */
const text = (): string => {
  const { view } = loaded.section(".bss");
  const bytes = new Uint8Array(view.buffer, view.byteOffset, 16);
  return new TextDecoder().decode(bytes.subarray(0, bytes.indexOf(0)));
};

test("bpf_core_read() reads a member", () => expect(run("core_read")).toBe(process.pid));

test("BPF_CORE_READ() follows pointers", () => expect(run("core_read_chain")).toBe(process.ppid));

test("BPF_CORE_READ_INTO() follows pointers into a variable", () => expect(run("core_read_into")).toBe(process.ppid));

test("BPF_CORE_READ_STR_INTO() follows pointers to a text", () => {
  const comm = proc("self/comm");
  expect(run("core_read_str_into")).toBe(comm.length + 1);
  expect(text()).toBe(comm);
});

test("bpf_core_read_str() reads a text", () => {
  const comm = proc("thread-self/comm");
  expect(run("core_read_str")).toBe(comm.length + 1);
  expect(text()).toBe(comm);
});

test("bpf_core_field_exists() tells a member that is there from one that no kernel has", () => expect(run("field_exists")).toBe(1));

test("bpf_core_field_size() is the kernel's", () => expect(run("field_size")).toBe(16));

test("bpf_core_type_exists() tells a type that is there from one that no kernel has", () => expect(run("type_exists")).toBe(1));

test("bpf_core_type_size() is the kernel's", () => {
  const [id = 0] = kernel.find("task_struct", "struct");
  const type = kernel.type(id);
  expect(run("type_size")).toBe(type.kind === "struct" ? type.size : undefined);
});

test("bpf_core_enum_value_exists() tells an enumerator of this kernel from those of others", () => {
  const hasArena = readFileSync("/sys/kernel/btf/vmlinux").includes("\0BPF_MAP_TYPE_ARENA\0");
  expect(run("enum_value_exists")).toBe(hasArena ? 1 : 0);
});

// @see include/uapi/linux/bpf.h
test("bpf_core_enum_value() is the kernel's", () => expect(run("enum_value")).toBe(27));

test("a struct flavor (___v46) is another view of the same struct", () => expect(run("struct_flavor")).toBe(process.pid));

test("LINUX_KERNEL_VERSION is that of the running kernel", () => {
  const [, major, minor, patch] = /^(\d+)\.(\d+)\.(\d+)/.exec(versionOf()) ?? [];
  expect(run("kconfig_version")).toBe((Number(major) << 16) + (Number(minor) << 8) + Math.min(Number(patch), 255));
});

/** Debian's release names the series only; the build's version has all three numbers. */
function versionOf(): string {
  return /Debian (\d+\.\d+\.\d+)/.exec(proc("version"))?.[1] ?? release();
}

test("a weak option that no kernel has is 0", () => expect(run("kconfig_weak")).toBe(0));

test("a .rodata switch takes code away before the verifier sees it", () => {
  expect(run("rodata_switch")).toBe(7);
  const open = openFixture("idioms");
  open.section(".rodata").view.setUint8(4, 1);
  expect(() => open.load()).toThrow(
    expect.objectContaining({ code: "verifier-refused", place: expect.objectContaining({ type: "rodata_switch" }) }),
  );
});

test("BPF_CORE_READ_BITFIELD_PROBED() reads a bit of this thread", () => expect(run("bitfield_probed")).toBe(0));

test("a program in tp_btf reads members directly, and bit-fields in both ways", () => {
  using link = loaded.program<"tp_btf">("direct_read").attach();
  const { pid } = spawnSync("true");
  const executed = loaded.section(".bss").view;
  const [tgid, direct, probed, runs] = [0, 4, 8, 12].map((offset) => executed.getUint32(16 + offset, true));
  expect({ tgid, direct, probed, runs, program: link.program }).toEqual({
    tgid: pid,
    direct: 1,
    probed: 1,
    runs: 1,
    program: "direct_read",
  });
});
