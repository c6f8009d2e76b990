import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BtfBuilder, readBtf } from "@lbc/core/btf";
import type { KernelFeatures } from "@lbc/runtime";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { doctor } from "./doctor.ts";
import { examineFeatures } from "./doctor-kernel.ts";
import type { Machine } from "./doctor-machine.ts";
import { lbc } from "./lbc.test-support.ts";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const enumeration = (name: string, values: Record<string, number>) =>
  ({
    kind: "enum",
    name,
    wide: false,
    size: 4,
    signed: false,
    values: Object.entries(values).map(([name, value]) => ({ name, value: BigInt(value) })),
  }) as const;

/** The BTF of a kernel like Linux 5.10: ring buffers, no bloom filters; no BTF beyond data sections. */
function oldKernel(): Uint8Array {
  const btf = new BtfBuilder();
  btf.add(enumeration("bpf_map_type", { BPF_MAP_TYPE_UNSPEC: 0, BPF_MAP_TYPE_TASK_STORAGE: 29, __MAX_BPF_MAP_TYPE: 30 }));
  btf.add(enumeration("bpf_prog_type", { BPF_PROG_TYPE_UNSPEC: 0, __MAX_BPF_PROG_TYPE: 31 }));
  btf.add(enumeration("bpf_attach_type", { BPF_CGROUP_INET_INGRESS: 0, __MAX_BPF_ATTACH_TYPE: 38 }));
  btf.add(
    enumeration("bpf_func_id", { BPF_FUNC_unspec: 0, BPF_FUNC_map_lookup_elem: 1, BPF_FUNC_ringbuf_output: 130, __BPF_FUNC_MAX_ID: 162 }),
  );
  return btf.build("little");
}

let tools: string;
beforeAll(async () => {
  tools = await mkdtemp(join(tmpdir(), "lbc-doctor-"));
  for (const name of ["clang-19", "llvm-strip-19"]) {
    await writeFile(join(tools, name), "");
    await chmod(join(tools, name), 0o755);
  }
});
afterAll(() => rm(tools, { recursive: true }));

const root = "CapEff:\t000001ffffffffff\n";
const files: Record<string, Uint8Array> = {
  "/sys/kernel/btf/vmlinux": oldKernel(),
  "/proc/self/status": encode(root),
  "/proc/self/mounts": encode("tracefs /sys/kernel/tracing tracefs rw 0 0\nbpf /sys/fs/bpf bpf rw 0 0\n"),
};
const machine = (more: Partial<Machine> = {}, changed: Record<string, Uint8Array | null> = {}): Machine => ({
  env: { PATH: tools },
  release: "5.10.0-32",
  exists: () => true,
  read: async (path) => ({ ...files, ...changed })[path] ?? null,
  version: async () => "Debian clang version 19.1.7 (3)",
  probe: async () => null,
  ...more,
});

async function examine(examined: Machine): Promise<{ code: number; out: string }> {
  let out = "";
  const output = {
    write: (text: string) => {
      out += text;
    },
  };
  const code = await doctor(false, { stdout: output, stderr: output, env: {} }, examined);
  return { code, out };
}

describe("lbc doctor", () => {
  test("finds nothing wrong on a machine that has all", async () => {
    const { code, out } = await examine(machine());
    expect(code).toBe(0);
    expect(out).toContain("ok  clang ");
    expect(out).toContain("Linux 5.10.0-32");
    expect(out).toMatch(/map types +29 of 34, not bloom_filter, user_ringbuf, cgrp_storage, arena, insn_array\n/);
    expect(out).not.toContain("!!");
  });

  test.each([
    ["no clang", () => machine({ env: { PATH: "" } }), 1, "!!  clang", "apt-get install clang"],
    [
      "a clang that is too old",
      () => machine({ version: async () => "clang version 11.0.1" }),
      1,
      "version 11, lbc needs 14",
      "clang-19 (Debian 12)",
    ],
    ["a clang that does not run", () => machine({ version: async () => null }), 1, "does not run", "apt-get install"],
    ["no BTF", () => machine({}, { "/sys/kernel/btf/vmlinux": null }), 1, "!!  BTF", "CONFIG_DEBUG_INFO_BTF"],
    ["no permission", () => machine({}, { "/proc/self/status": encode("CapEff:\t0\n") }), 0, "no program can be loaded", "run as root"],
    [
      "no network permission",
      () => machine({}, { "/proc/self/status": encode("CapEff:\tc000000000\n") }),
      0,
      "no network programs",
      "run as root",
    ],
    [
      "no tracefs",
      () => machine({}, { "/proc/self/mounts": encode("") }),
      0,
      "--  tracefs",
      "mount -t tracefs tracefs /sys/kernel/tracing",
    ],
    ["no kprobes", () => machine({ exists: (path) => !path.endsWith("kprobe") }), 0, "--  kprobes", "CONFIG_KPROBE_EVENTS"],
    [
      "a kernel that is locked down",
      () => machine({}, { "/sys/kernel/security/lockdown": encode("none integrity [confidentiality]\n") }),
      0,
      "--  lockdown",
      "boot without",
    ],
  ])("tells of %s, and what to do", async (_what, examined, code, said, hint) => {
    const result = await examine(examined());
    expect(result.code).toBe(code);
    expect(result.out).toContain(said);
    expect(result.out).toContain(hint);
  });

  test("asks the kernel what it takes, where it may", async () => {
    const answers: KernelFeatures = {
      mapTypes: new Set(["hash", "ringbuf"]),
      programTypes: new Set(["xdp"]),
      helpers: new Map([["xdp", new Set([1])]]),
      btf: { functionLinkage: true, dataSections: true, floats: true, declTags: true, typeTags: false, enum64: false },
    };
    const { out } = await examine(machine({ probe: async () => answers }));
    expect(out).toContain("What this kernel takes, as it answers\n");
    expect(out).toMatch(/map types +2 of 34, not array, /);
    expect(out).toMatch(/program types +1 of 32, not socket_filter, /);
    expect(out).toMatch(/attach types, by the BTF, not asked +38 of \d+, not /);
    expect(out).toMatch(/helpers +1 of 2, not ringbuf_output\n/);
    expect(out).toMatch(/later kinds of BTF +2 of 4, not type_tag, enum64\n/);
    expect((await examine(machine())).out).toContain("What this kernel knows, by its BTF: it may not be asked\n");
  });

  test("--json tells the same to programs, of this machine", async () => {
    const { out } = await lbc(["doctor", "--json"]);
    const { building, features } = JSON.parse(out);
    expect(building).toContainEqual({ name: "lbc.h", state: "ok", text: expect.stringContaining("headers") });
    expect(features.mapTypes.has).toContain("ringbuf");
    expect(features.helpers.has).toContain("ringbuf_reserve");
  });
});

test("kinds of BTF are those that the kernel counts, or none beyond 5.2 where it does not", async () => {
  const kindsOf = async (kernel: Uint8Array) => (await examineFeatures(machine(), readBtf(kernel))).btfKinds;
  expect(await kindsOf(oldKernel())).toEqual({ has: [], lacks: ["float", "decl_tag", "type_tag", "enum64"] });
  const newer = new BtfBuilder();
  newer.add(enumeration("", { BTF_KIND_UNKN: 0, NR_BTF_KINDS: 19 }));
  expect(await kindsOf(newer.build("little"))).toEqual({ has: ["float", "decl_tag", "type_tag"], lacks: ["enum64"] });
});
