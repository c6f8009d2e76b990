import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readElf } from "@lbc/core/elf";
import { type BpfObject, readObject } from "@lbc/core/object";
import { execa } from "execa";
import { afterAll, describe, expect, test } from "vitest";
import { compilePeer, libbpfView, ourView } from "./libbpf-view.ts";

const source = fileURLToPath(new URL("fixtures/declarations.bpf.c", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "lbc-declarations-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Compiles the fixture and gives the path of the object. */
async function compile(target: "bpfel" | "bpfeb", ...flags: string[]): Promise<string> {
  const object = join(folder, `${target}${flags.join("")}.o`);
  const { stdout: machine } = await execa("cc", ["-print-multiarch"]);
  await execa("clang-19", ["-g", "-O2", `--target=${target}`, `-I/usr/include/${machine}`, ...flags, "-c", source, "-o", object]);
  return object;
}

const read = (path: string): BpfObject => readObject(readElf(readFileSync(path)));

describe.each(["bpfel", "bpfeb"] as const)("what clang makes of every kind of declaration, for %s", async (target) => {
  const object = read(await compile(target));

  test("maps, with inner maps, contents and event types", () => {
    expect(object.maps.map(({ name, type }) => [name, type])).toEqual([
      ["right", "array"],
      ["left", "array"],
      ["outer", "array_of_maps"],
      ["jumps", "prog_array"],
      ["events", "ringbuf"],
      ["seen", "bloom_filter"],
    ]);
    const [, , outer, jumps, events, seen] = object.maps;
    expect(outer).toMatchObject({
      inner: { name: "outer.inner", type: "array", keySize: 4, valueSize: 8, maxEntries: 1 },
      keySize: 4,
      valueSize: 4,
    });
    expect(outer?.initial).toEqual([
      { slot: 0, target: "right" },
      { slot: 2, target: "left" },
    ]);
    expect(jumps?.initial).toEqual([{ slot: 1, target: "on_packet" }]);
    expect(object.btf?.type(events?.event ?? 0)).toMatchObject({ kind: "struct", name: "event", size: 20 });
    expect(seen).toMatchObject({ extra: 0x100000005n, pinning: "by-name", numaNode: 0, valueSize: 8, key: null });
  });

  test("programs and what they call", () => {
    expect(object.programs.map(({ name, type, autoload }) => [name, type, autoload])).toEqual([
      ["on_packet", "socket_filter", true],
      ["on_unlink", "tracing", false],
      ["second", "struct_ops", true],
    ]);
    expect(object.subprograms.map(({ name, linkage }) => [name, linkage])).toEqual([
      ["verified", "global"],
      ["count", "static"],
      ["hidden_function", "static"],
    ]);
    for (const { name, btfId } of [...object.programs, ...object.subprograms]) expect(object.btf?.name(btfId ?? 0)).toBe(name);
  });

  test("variables by section", () => {
    const variables = (section: string) =>
      object.data.find(({ name }) => name === section)?.variables.map(({ name, offset, linkage }) => `${name}@${offset} ${linkage}`);
    expect(object.data.map(({ name, kind }) => [name, kind])).toEqual([
      [".rodata", "rodata"],
      [".data", "data"],
      ["mydata", "custom"],
      [".bss", "bss"],
      [".data.last", "data"],
      [".rodata.str1.1", "strings"],
      [".kconfig", "kconfig"],
    ]);
    expect(variables(".data")).toEqual(["tuned@0 global", "concealed@4 hidden", "optional@8 weak"]);
    expect(variables(".bss")).toEqual(["total@0 global", "count.calls@8 static"]);
    expect(variables(".rodata")).toEqual(["target@0 global", "on_packet.____fmt@4 static"]);
    expect(variables(".kconfig")).toEqual([
      "CONFIG_TUN@0 global",
      "LINUX_KERNEL_VERSION@4 global",
      "CONFIG_BPF@8 weak",
      "CONFIG_DEFAULT_HOSTNAME@9 global",
    ]);
  });

  test("externs, struct_ops, licence and version", () => {
    expect(object.externs.map(({ name, kind, weak }) => [name, kind, weak])).toEqual([
      ["CONFIG_TUN", "kconfig", false],
      ["LINUX_KERNEL_VERSION", "kconfig", false],
      ["CONFIG_BPF", "kconfig", true],
      ["CONFIG_DEFAULT_HOSTNAME", "kconfig", false],
      ["bpf_kfunc_example", "kfunc", false],
      ["bpf_link_fops", "ksym", false],
      ["bpf_prog_active", "ksym", true],
    ]);
    expect(object.unresolved).toEqual([]);
    expect(object.structOps).toMatchObject([
      {
        name: "my_ops",
        typeName: "ops",
        link: true,
        functions: [
          { member: "first", program: null },
          { member: "second", program: "second" },
        ],
      },
    ]);
    expect([object.license, object.kernelVersion]).toEqual(["GPL", 0x060102]);
  });

  test("the lines of every function", () => {
    const functions = new Set(object.btfExt?.functions.map(({ section, offset }) => `${section}+${offset}`));
    expect(functions.size).toBe(6);
    expect(object.btfExt?.lines.some((line) => line.file.endsWith("declarations.bpf.c") && line.source.includes("calls += step"))).toBe(
      true,
    );
  });
});

test("libbpf makes the same of it", async () => {
  const peer = join(folder, "libbpf-peer");
  const object = await compile("bpfel", "-DOLDER_LIBBPF");
  await compilePeer(peer);
  expect(ourView(read(object))).toEqual(await libbpfView(peer, object));
});
