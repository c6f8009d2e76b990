/**
 * The idioms of BPF CO-RE, compiled with the types of the kernel that set-up ran on: each with a check that somebody else's word decides,
 * mostly /proc's. `node core-idioms.ts` runs them without a test runner, as in a guest; core-idioms.test.ts runs them on the host.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { release } from "node:os";
import { readBtf } from "@lbc/core/btf";
import type { LoadedObject, OpenObject } from "../index.ts";
import { openFixture } from "./fixtures.test.support.ts";

/** An idiom, and what it has to give. Throws AssertionError. */
export interface Idiom {
  readonly name: string;
  readonly check: (loaded: LoadedObject) => void;
}

/** The configuration is given: a guest has no file of its kernel's. */
const openIdioms = (): OpenObject => openFixture("idioms", { kconfig: "CONFIG_GIVEN=250\n" });

/** The object that all checks look at. */
export function loadIdioms(): LoadedObject {
  const open = openIdioms();
  open.section(".rodata").view.setInt32(0, process.pid, true);
  return open.load();
}

const kernelBtf = (): Buffer => readFileSync("/sys/kernel/btf/vmlinux");
const proc = (file: string): string => readFileSync(`/proc/${file}`, "utf8").trimEnd();

/** What the program returns that this thread runs. */
const returns =
  (program: string, expected: () => number): Idiom["check"] =>
  (loaded) =>
    assert.equal(loaded.program(program).testRun().returnValue, expected());

/** What it reads as a text: a length with the zero byte is returned. */
const reads =
  (program: string, expected: () => string): Idiom["check"] =>
  (loaded) => {
    returns(program, () => expected().length + 1)(loaded);
    const { view } = loaded.section(".bss");
    const bytes = new Uint8Array(view.buffer, view.byteOffset, 16);
    assert.equal(new TextDecoder().decode(bytes.subarray(0, bytes.indexOf(0))), expected());
  };

export const idioms: readonly Idiom[] = [
  { name: "bpf_core_read() reads a member", check: returns("core_read", () => process.pid) },
  { name: "BPF_CORE_READ() follows pointers", check: returns("core_read_chain", () => process.ppid) },
  { name: "BPF_CORE_READ_INTO() follows pointers into a variable", check: returns("core_read_into", () => process.ppid) },
  { name: "BPF_CORE_READ_STR_INTO() follows pointers to a text", check: reads("core_read_str_into", () => proc("self/comm")) },
  { name: "bpf_core_read_str() reads a text", check: reads("core_read_str", () => proc("thread-self/comm")) },
  { name: "bpf_core_field_exists() tells a member from one that no kernel has", check: returns("field_exists", () => 1) },
  // TASK_COMM_LEN
  { name: "bpf_core_field_size() is the kernel's", check: returns("field_size", () => 16) },
  { name: "bpf_core_type_exists() tells a type from one that no kernel has", check: returns("type_exists", () => 1) },
  { name: "bpf_core_type_size() is the kernel's", check: returns("type_size", sizeOfTask) },
  {
    name: "bpf_core_enum_value_exists() tells an enumerator of this kernel from those of others",
    check: returns("enum_value_exists", () => (kernelBtf().includes("\0BPF_MAP_TYPE_ARENA\0") ? 1 : 0)),
  },
  // @see include/uapi/linux/bpf.h
  { name: "bpf_core_enum_value() is the kernel's", check: returns("enum_value", () => 27) },
  { name: "a struct flavor (___v46) is another view of the same struct", check: returns("struct_flavor", () => process.pid) },
  { name: "LINUX_KERNEL_VERSION is that of the running kernel", check: returns("kconfig_version", kernelVersion) },
  { name: "an option of the kernel's configuration is a constant", check: returns("kconfig_option", () => 250) },
  { name: "a weak option that no kernel has is 0", check: returns("kconfig_weak", () => 0) },
  { name: "a .rodata switch takes code away before the verifier sees it", check: checkSwitch },
  { name: "BPF_CORE_READ_BITFIELD_PROBED() reads a bit of this thread", check: returns("bitfield_probed", () => 0) },
  { name: "a program in tp_btf reads members directly, and bit-fields directly and probed", check: checkDirectReads },
];

function sizeOfTask(): number {
  const kernel = readBtf(kernelBtf());
  const [id = 0] = kernel.find("task_struct", "struct");
  const type = kernel.type(id);
  assert.equal(type.kind, "struct");
  return type.size;
}

/** Debian's release names the series only; the version of its build has all three numbers. */
function kernelVersion(): number {
  const text = /#\d+ .*Debian (\d+\.\d+\.\d+)/.exec(proc("version"))?.[1] ?? release();
  const [, major, minor, patch] = /^(\d+)\.(\d+)\.(\d+)/.exec(text) ?? [];
  return (Number(major) << 16) + (Number(minor) << 8) + Math.min(Number(patch), 255);
}

function checkSwitch(loaded: LoadedObject): void {
  returns("rodata_switch", () => 7)(loaded);
  const open = openIdioms();
  open.section(".rodata").view.setUint8(4, 1);
  assert.throws(() => open.load(), { code: "verifier-refused", message: /rodata_switch/ });
}

function checkDirectReads(loaded: LoadedObject): void {
  using _link = loaded.program<"tp_btf">("direct_read").attach();
  const { pid } = spawnSync("true");
  const { view } = loaded.section(".bss");
  const [tgid, direct, probed, runs] = [16, 20, 24, 28].map((offset) => view.getUint32(offset, true));
  assert.deepEqual({ tgid, direct, probed, runs }, { tgid: pid, direct: 1, probed: 1, runs: 1 });
}

if (import.meta.main) {
  using loaded = loadIdioms();
  for (const { name, check } of idioms) {
    check(loaded);
    console.log(`ok: ${name}`);
  }
}
