import { mkdtemp, readFile, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { buildObject, findBpftool, runningKernel, writeOutput } from "@lbc/build";
import { readElf } from "@lbc/core/elf";
import { type Layout, resolveLayout } from "@lbc/core/layout";
import { readObject } from "@lbc/core/object";
import { type Codec, IndexedMap, type LoadedObject, OpenObject, PerCpuIndexedMap, PerfEventArray, RingBuffer, scalars } from "@lbc/runtime";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { root } from "../paths.ts";

const { u64 } = scalars("little");
const event: Codec<{ stamp: bigint; pid: number }> = {
  size: 16,
  decode: (view, offset) => ({ stamp: view.getBigUint64(offset, true), pid: view.getUint32(offset + 8, true) }),
  encode: () => {
    throw new TypeError("events are read only");
  },
};
const packet = new Uint8Array(64);

let folder: string;
let path: string;
let bytes: Uint8Array;
let layout: Layout;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "lbc-macros-"));
  path = join(folder, "macros.bpf.o");
  const built = await buildObject([join(root, "tools/headers/macros.bpf.c")]);
  await writeOutput(path, built.object);
  bytes = built.object;
  layout = resolveLayout(readObject(readElf(bytes)), { name: "macros" });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const mapLayout = (name: string) => layout.maps.find((map) => map.name === name);
const run = (loaded: LoadedObject, program: string): number => loaded.program(program).testRun({ data: packet }).returnValue;

describe("the object with every macro loads", () => {
  test("in stock libbpf, without a complaint", async () => {
    const pins = `/sys/fs/bpf/lbc-macros-${process.pid}`;
    try {
      const { exitCode, stderr } = await execa(findBpftool() ?? "bpftool", ["prog", "loadall", path, pins], { reject: false });
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    } finally {
      await rm(pins, { recursive: true, force: true });
    }
  });

  test("in cilium/ebpf", async () => {
    const { stdout } = await execa("go", ["run", ".", path], { cwd: join(root, "tools/headers/cilium") });
    expect(stdout).toBe("loaded");
  });

  test("in the Node runtime", () => {
    using loaded = OpenObject.open(bytes).load();
    expect(loaded.map("by_parity").maxEntries).toBe(2);
  });
});

describe("a histogram", () => {
  const largest = 2n ** 64n - 1n;
  const cases = [0n, 1n, 2n, 3n, 4n, 9n, 10n, 99n, 100n, 1023n, 1024n, 10n ** 19n - 1n, 10n ** 19n, 2n ** 63n, largest];

  test.each(cases)("has %d in the slot of its power of two, and in that of its power of ten", (value) => {
    using loaded = OpenObject.open(bytes).load();
    loaded.section(".bss").view.setBigUint64(variable(".bss", "value"), value, true);
    run(loaded, "push");
    const log2 = value === 0n ? 0 : value.toString(2).length - 1;
    const log10 = value === 0n ? 0 : value.toString().length - 1;
    const countedIn = (name: string): number[] => [...new IndexedMap(loaded.map(name), u64)].flatMap((n, slot) => (n === 1n ? [slot] : []));
    expect(countedIn("hist2")).toEqual([log2]);
    expect(countedIn("hist10")).toEqual([log10]);
    const perCpu = new PerCpuIndexedMap(loaded.map("percpu_hist2"), u64).get(log2);
    expect(perCpu.reduce((sum, count) => sum + count, 0n)).toBe(1n);
    expect([...new IndexedMap(loaded.map("slots"), u64)]).toEqual([0n, 0n, 0n, 7n, 1n]);
  });

  test("is known as one by the layout", () => {
    const kinds = ["hist2", "hist10", "slots", "percpu_hist2", "percpu_hist10", "array"].map((name) => mapLayout(name)?.histogram);
    expect(kinds).toEqual(["log2", "log10", "linear", "log2", "log10", null]);
  });
});

function variable(section: string, name: string): number {
  const members = layout.sections.find((one) => one.name === section)?.members ?? [];
  const found = members.find((member) => member.kind === "variable" && member.name === name);
  if (found === undefined) throw new Error(`no variable ${name} in ${section}`);
  return found.offset;
}

describe("events", () => {
  test("are typed by the map, in every kind of stream", () => {
    const names = ["e_out", "ring", "either"].map((name) => {
      const type = mapLayout(name)?.event?.type;
      return type?.kind === "named" ? layout.types[type.id]?.path : undefined;
    });
    expect(names).toEqual(["data_t", "data_t", "data_t"]);
    expect(mapLayout("ring")?.event).toMatchObject({ from: "map", minBytes: 16, maxBytes: 16, fixed: true });
  });

  test("arrive as a copy or in place; what is discarded does not", () => {
    using loaded = OpenObject.open(bytes).load();
    run(loaded, "send");
    const pids: number[] = [];
    new RingBuffer(loaded.map("ring"), event).drain(({ pid }) => pids.push(pid));
    expect(pids).toEqual([1, 2, 3]);
  });
});

describe("LBC_EMIT", () => {
  test("sends to the ring buffer of a kernel that has one", () => {
    using loaded = OpenObject.open(bytes).load();
    const events: number[] = [];
    const ring = new RingBuffer(loaded.map("either"), event);
    run(loaded, "emit");
    ring.drain(({ pid }) => events.push(pid));
    expect(events).toEqual([7]);
  });

  test("is seen by the layout on ring buffers only", () => {
    expect(["either", "ring", "e_out"].map((name) => mapLayout(name)?.fallback)).toEqual(["perf_event_array", null, null]);
  });

  test("sends to perf buffers where the kernel's BTF lacks ring buffers, once a runtime has retyped the map", async () => {
    const object = readObject(readElf(bytes));
    const retyped = object.maps.map((map) =>
      map.name === "either"
        ? { ...map, type: "perf_event_array" as const, keySize: 4, valueSize: 4, maxEntries: availableParallelism() }
        : map,
    );
    using loaded = new OpenObject({ ...object, maps: retyped }, { kernelBtf: await kernelWithoutRingBuffers() }).load();
    const perf = new PerfEventArray(loaded.map("either"), event);
    const events: number[] = [];
    run(loaded, "emit");
    perf.drain(({ pid }) => events.push(pid));
    expect(events).toEqual([7]);
  });
});

/** The running kernel's BTF with the enumerator under another name: CO-RE looks for it by name. */
async function kernelWithoutRingBuffers(): Promise<Uint8Array> {
  const btf = await readFile(runningKernel);
  const at = btf.indexOf("\0BPF_MAP_TYPE_RINGBUF\0");
  btf.write("BPF_MAP_TYPE_ABSENT_", at + 1);
  return btf;
}
