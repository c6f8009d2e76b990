import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { programTypes } from "@lbc/core/object";
import koffi from "koffi";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadProgram } from "../bpf/commands.ts";
import {
  BloomFilter,
  type Codec,
  DescriptorMap,
  IndexedMap,
  KeyedMap,
  type LoadedObject,
  MapHandle,
  MapOfMaps,
  MappedArray,
  QueueMap,
  StackTraces,
  StorageMap,
  scalars,
  TracePipe,
  UserRingBuffer,
} from "../index.ts";
import { testRun } from "../load/test-run.ts";
import { Symbolizer } from "../symbols/index.ts";
import { cgroupRoot } from "./cgroup.test.support.ts";
import { openFixture, packet } from "./fixtures.test.support.ts";
import { kernelBefore, skipFor } from "./needs.test.support.ts";

/** Why this kernel does not take kinds.bpf.o: the newest of its maps is the storage of cgroups. */
const tooOld = kernelBefore("6.2");
const fixture = tooOld === null ? "kinds" : "kinds_5_10";
const { u32, u64 } = scalars("little");
const pins = mkdtempSync("/sys/fs/bpf/lbc-kinds-");
let loaded: LoadedObject;

beforeAll(() => {
  loaded = openFixture(fixture, { pinFolder: pins }).load();
});
afterAll(() => {
  loaded.close();
  rmSync(pins, { recursive: true });
});

/** A socket filter sees what follows the 14 bytes of the Ethernet header: `skb->len` is `length`. */
const run = (program: string, length = 0): number => loaded.program(program).testRun({ data: new Uint8Array(14 + length) }).returnValue;

interface Prefix {
  readonly bits: number;
  readonly address: readonly number[];
}
const prefix: Codec<Prefix> = {
  size: 8,
  decode: (view, offset) => ({ bits: view.getUint32(offset, true), address: [4, 5, 6, 7].map((at) => view.getUint8(offset + at)) }),
  encode: ({ bits, address }, view, offset) => {
    view.setUint32(offset, bits, true);
    address.forEach((byte, index) => {
      view.setUint8(offset + 4 + index, byte);
    });
  },
};

// parity: maps.lpm
test("a trie of prefixes gives programs the value of the longest one", () => {
  const routes = new KeyedMap(loaded.map("routes"), prefix, u32);
  expect(run("route")).toBe(0);
  routes.set({ bits: 8, address: [10, 0, 0, 0] }, 8);
  expect(run("route")).toBe(8);
  routes.set({ bits: 24, address: [10, 1, 2, 0] }, 24);
  routes.set({ bits: 24, address: [10, 9, 9, 0] }, 99);
  expect(run("route")).toBe(24);
  expect([...routes.keys()].map(({ bits }) => bits).sort()).toEqual([24, 24, 8]);
  expect(routes.get({ bits: 32, address: [10, 200, 0, 1] })).toBe(8);
  expect(routes.delete({ bits: 24, address: [10, 1, 2, 0] })).toBe(true);
  expect(run("route")).toBe(8);
});

describe("values without keys", () => {
  // parity: maps.queue
  test("leave a queue in the order in which programs pushed them, and a stack in the other", () => {
    const queue = new QueueMap(loaded.map("queue"), u64);
    const lifo = new QueueMap(loaded.map("lifo"), u64);
    run("remember", 20);
    run("remember", 30);
    expect([queue.peek(), queue.pop(), queue.pop(), queue.pop()]).toEqual([20n, 20n, 30n, undefined]);
    expect([lifo.peek(), lifo.pop(), lifo.pop(), lifo.pop()]).toEqual([30n, 30n, 20n, undefined]);
  });

  test("do not fit into a queue that is full, unless the oldest may go", () => {
    const queue = new QueueMap(loaded.map("queue"), u64);
    for (const value of [1n, 2n, 3n, 4n]) queue.push(value);
    expect(() => queue.push(5n)).toThrow(expect.objectContaining({ code: "map-full" }));
    queue.push(5n, { overwrite: true });
    expect([queue.pop(), queue.pop(), queue.pop(), queue.pop(), queue.pop()]).toEqual([2n, 3n, 4n, 5n, undefined]);
  });

  // parity: maps.bloom
  test("are remembered by a bloom filter, for programs as well", ({ skip }) => {
    skipFor(skip, tooOld);
    const seen = new BloomFilter(loaded.map("seen"), u64);
    expect([seen.mayHave(40n), run("remember", 40)]).toEqual([false, 0]);
    seen.add(40n);
    expect([seen.mayHave(40n), run("remember", 40)]).toEqual([true, 1]);
  });
});

describe("storage", () => {
  // parity: maps.task-storage
  test("of a task is found by process id, and what a program counted is there", ({ skip }) => {
    skipFor(skip, tooOld);
    const storage = new StorageMap(loaded.map("by_task"), u64);
    expect(storage.get({ pid: process.pid })).toBeUndefined();
    loaded.program("mark_task").testRun();
    expect(storage.get({ pid: process.pid })).toBe(1n);
    storage.set({ pid: process.pid }, 41n);
    loaded.program("mark_task").testRun();
    expect(storage.get({ pid: process.pid })).toBe(42n);
    expect(storage.delete({ pid: process.pid })).toBe(true);
    expect(storage.delete({ pid: process.pid })).toBe(false);
    expect(() => storage.get({ pid: 2 ** 30 })).toThrow(expect.objectContaining({ code: "no-such-target" }));
  });

  // parity: maps.socket-storage
  test("of a socket is found by its descriptor", () => {
    const fd = koffi.load(null).func("int socket(int domain, int type, int protocol)")(2, 2, 0);
    const storage = new StorageMap(loaded.map("by_socket"), u64);
    storage.set({ fd }, 7n);
    expect(storage.get({ fd })).toBe(7n);
    loaded.map("by_socket").sys.close(fd);
    expect(() => storage.get({ fd })).toThrow(expect.objectContaining({ errno: "EBADF" }));
  });

  // parity: maps.cgroup-storage
  test("of a cgroup is found by its folder", ({ skip }) => {
    skipFor(skip, tooOld);
    const storage = new StorageMap(loaded.map("by_cgroup"), u64);
    const owner = { path: cgroupRoot() };
    expect(storage.get(owner)).toBeUndefined();
    storage.set(owner, 9n);
    expect(storage.get(owner)).toBe(9n);
    expect(storage.delete(owner)).toBe(true);
    expect(() => storage.get({ path: "/no/such" })).toThrow(expect.objectContaining({ code: "no-such-target" }));
  });
});

// parity: maps.stack-traces, helpers.kernel-symbols
test("a stack that a program took is addresses, which have names", () => {
  const stacks = new StackTraces(loaded.map("stacks"));
  loaded.program("mark_task").testRun();
  const id = loaded.section(".bss").view.getInt32(16, true);
  const names = new Symbolizer().kernel(stacks.get(id) ?? []).map(({ name }) => name);
  expect(names).toContain("bpf_prog_test_run_raw_tp");
  expect([...stacks.ids()]).toContain(id);
  expect(stacks.get(-14)).toBeUndefined();
  stacks.clear();
  expect(stacks.get(id)).toBeUndefined();
});

describe("maps in maps", () => {
  // parity: maps.map-in-map
  test("are there from the start where the object says so, and can be put in", () => {
    const tables = new MapOfMaps(loaded.map("tables"), u32);
    const named = new MapOfMaps(loaded.map("named_tables"), u64);
    using other = MapHandle.create({ name: "other", type: "hash", valueSize: 8, maxEntries: 8 });
    const counts = new KeyedMap(other, u32, u64);
    counts.set(7, 10n);
    run("nested");
    expect(run("nested")).toBe(2);
    named.set(5n, other);
    expect(run("nested")).toBe(3 + 11);
    expect(counts.get(7)).toBe(11n);
    using first = tables.get(1);
    expect(first?.info.id).toBe(loaded.map("inner").info.id);
    expect(tables.get(0)).toBeUndefined();
    expect(named.delete(5n)).toBe(true);
    expect(run("nested")).toBe(4);
  });

  test("have to be like the template", () => {
    using other = MapHandle.create({ type: "hash", valueSize: 16, maxEntries: 8 });
    expect(() => new MapOfMaps(loaded.map("tables"), u32).set(0, other)).toThrow(expect.objectContaining({ errno: "EINVAL" }));
  });
});

// parity: maps.program-array, programs.tail-call
test("a tail call goes to the program in the slot, which can be set and emptied", () => {
  const steps = new DescriptorMap(loaded.map("steps"), u32);
  expect([0, 1, 2].map((slot) => run("first", slot))).toEqual([1, 2, 1]);
  steps.set(2, loaded.program("third"));
  expect([steps.has(2), run("first", 2)]).toEqual([true, 3]);
  expect([steps.delete(2), steps.delete(2), run("first", 2)]).toEqual([true, false, 1]);
});

/** What `return bpf_redirect_map(map, slot, XDP_PASS)` says in XDP: 2 is XDP_PASS, for a slot that is empty, and 4 XDP_REDIRECT. */
function redirected(map: MapHandle, slot: number): number {
  const { sys } = map;
  const code = new Uint8Array(6 * 8);
  const view = new DataView(code.buffer);
  // r1 = map (two slots); r2 = slot; r3 = XDP_PASS; call; exit
  for (const [index, [opcode, registers, immediate]] of [
    [0x18, 0x11, map.fd] as const,
    [0, 0, 0] as const,
    [0xb7, 0x02, slot] as const,
    [0xb7, 0x03, 2] as const,
    [0x85, 0, 51] as const,
    [0x95, 0, 0] as const,
  ].entries()) {
    code.set([opcode, registers], 8 * index);
    view.setInt32(8 * index + 4, immediate, true);
  }
  const fd = loadProgram(sys, { type: programTypes.indexOf("xdp"), name: "redirect", instructions: code, license: "GPL" });
  try {
    return testRun(sys, { name: "redirect", type: "xdp", fd }, { data: packet }).returnValue;
  } finally {
    sys.close(fd);
  }
}

describe("what XDP programs send packets to", () => {
  // parity: maps.devices
  test("is a device or a CPU by its number", () => {
    // The upper half of both values is a program to run there, or 0.
    const devices = new IndexedMap(loaded.map("devices"), u64);
    devices.set(2, 1n);
    expect(devices.get(2)).toBe(1n);
    expect([1, 2].map((slot) => redirected(loaded.map("devices"), slot))).toEqual([2, 4]);
    const cpus = new IndexedMap(loaded.map("cpus"), u64);
    // The length of its queue.
    cpus.set(0, 192n);
    expect(cpus.get(0)).toBe(192n);
    expect([0, 1].map((slot) => redirected(loaded.map("cpus"), slot))).toEqual([4, 2]);
    expect(() => devices.set(0, 2n ** 30n)).toThrow(expect.objectContaining({ code: "system-call-failed", errno: "EINVAL" }));
  });

  // parity: maps.sockets
  test("is a socket by its descriptor, as in the other maps of sockets and cgroups", () => {
    const socket = koffi.load(null).func("int socket(int family, int type, int protocol)");
    const { sys } = loaded.map("xdp_sockets");
    const [xdp, tcp] = [{ fd: socket(44, 3, 0) }, { fd: socket(2, 1, 0) }];
    // SOL_XDP and XDP_RX_RING: Linux 7.2 takes no socket that has nowhere to receive.
    expect(sys.setsockopt(xdp.fd, 283, 2, new Uint8Array(Int32Array.of(64).buffer))).toBe(0);
    const cgroup = { fd: sys.open(cgroupRoot()) };
    new DescriptorMap(loaded.map("xdp_sockets"), u32).set(1, xdp);
    new DescriptorMap(loaded.map("cgroups"), u32).set(1, cgroup);
    expect(() => new DescriptorMap(loaded.map("xdp_sockets"), u32).set(1, tcp)).toThrow(
      expect.objectContaining({ code: "system-call-failed" }),
    );
    for (const { fd } of [xdp, tcp, cgroup]) sys.close(fd);
  });
});

// parity: maps.mapped
test("an array that is mapped is shared with programs, and dead after close", () => {
  const mapped = new MappedArray(loaded.map("mapped"));
  mapped.view.setBigUint64(599 * mapped.stride, 1n, true);
  run("write_mapped", 50);
  expect(mapped.view.getBigUint64(599 * mapped.stride, true)).toBe(51n);
  expect(mapped.view.byteLength).toBe(600 * 8);
  const { view } = mapped;
  mapped.close();
  mapped.close();
  expect(() => mapped.view).toThrow(expect.objectContaining({ code: "closed" }));
  expect(() => view.getUint8(0)).toThrow(TypeError);
  expect(() => new MappedArray(loaded.map("inner"))).toThrow(expect.objectContaining({ code: "codec-mismatch" }));
});

describe("records that user space sends", () => {
  const command: Codec<{ number: number; operand: number }> = {
    size: 8,
    decode: (view, offset) => ({ number: view.getUint32(offset, true), operand: view.getUint32(offset + 4, true) }),
    encode: ({ number, operand }, view, offset) => {
      view.setUint32(offset, number, true);
      view.setUint32(offset + 4, operand, true);
    },
  };

  // parity: maps.user-ring
  test("reach a program whole and once, round and round, until there is no room", ({ skip }) => {
    skipFor(skip, tooOld);
    using commands = new UserRingBuffer(loaded.map("commands"), command);
    let sent = 0;
    let sum = 0n;
    for (let round = 0; round < 5; round++) {
      while (commands.write({ number: sent, operand: sent })) sum += BigInt(sent++);
      expect(loaded.program("take_commands").testRun().returnValue).toBeGreaterThan(100);
    }
    expect(sent).toBe(5 * (4096 / 16));
    expect([8, 0].map((at) => loaded.section(".bss").view.getBigUint64(at, true))).toEqual([BigInt(sent), sum]);
  });

  test("cannot be written after close, nor be larger than the ring", ({ skip }) => {
    skipFor(skip, tooOld);
    const commands = new UserRingBuffer(loaded.map("commands"), { ...command, size: 5000 });
    expect(() => commands.write({ number: 0, operand: 0 })).toThrow(RangeError);
    commands.close();
    expect(() => commands.write({ number: 0, operand: 0 })).toThrow(expect.objectContaining({ code: "closed" }));
  });
});

describe("a pinned map", () => {
  // parity: maps.open-pinned
  test("is opened by another front end, and outlives its loader", () => {
    const counts = new KeyedMap(loaded.map("lbc_shared"), u32, u64);
    counts.set(1, 11n);
    using other = MapHandle.openPinned(`${pins}/lbc_shared`);
    expect(other.info).toMatchObject({
      type: "hash",
      name: "lbc_shared",
      keySize: 4,
      valueSize: 8,
      maxEntries: 8,
      id: loaded.map("lbc_shared").info.id,
    });
    expect(new KeyedMap(other, u32, u64).get(1)).toBe(11n);
  });

  // parity: maps.pin
  test("is used again by the next object that declares it", () => {
    using again = openFixture(fixture, { pinFolder: pins }).load();
    expect(again.map("lbc_shared").info.id).toBe(loaded.map("lbc_shared").info.id);
  });

  test("that differs from the declaration is refused with what differs", () => {
    const open = openFixture(fixture, { pinFolder: pins });
    open.map("lbc_shared").maxEntries = 9;
    expect(() => open.load()).toThrow(
      expect.objectContaining({ code: "map-failed", message: expect.stringContaining("maxEntries 8 instead of 9") }),
    );
  });

  test("goes again where the load fails that made it, which leaves the path to a corrected object", () => {
    const folder = mkdtempSync("/sys/fs/bpf/lbc-failed-");
    try {
      const open = openFixture(fixture, { pinFolder: folder });
      // The program that looks into it is refused.
      open.map("routes").reuse = loaded.map("queue");
      expect(() => open.load()).toThrow(expect.objectContaining({ code: "verifier-refused" }));
      expect(readdirSync(folder)).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("can be any map, anywhere in a BPF file system", () => {
    loaded.map("queue").pin(`${pins}/queue`);
    using opened = MapHandle.openPinned(`${pins}/queue`);
    expect(opened.type).toBe("queue");
    expect(() => loaded.map("queue").pin("/tmp/lbc-no-bpf-fs")).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/pin-failed|no-permission/) }),
    );
    expect(() => MapHandle.openPinned(`${pins}/none`)).toThrow(expect.objectContaining({ code: "no-such-map", errno: "ENOENT" }));
  });
});

// parity: maps.reuse
test("a map that exists takes the place of a declared one, and stays its owner's", () => {
  using mine = MapHandle.create({ type: "lpm_trie", keySize: 8, valueSize: 4, maxEntries: 16, flags: 1 });
  const open = openFixture(fixture, { pinFolder: pins });
  open.map("routes").reuse = mine;
  const other = open.load();
  new KeyedMap(other.map("routes"), prefix, u32).set({ bits: 0, address: [0, 0, 0, 0] }, 77);
  expect(other.program("route").testRun({ data: new Uint8Array(14) }).returnValue).toBe(77);
  other.close();
  expect(new KeyedMap(mine, prefix, u32).get({ bits: 32, address: [1, 1, 1, 1] })).toBe(77);
});

// parity: maps.freeze
test("a frozen map is not changed by user space any more", () => {
  using map = MapHandle.create({ type: "array", valueSize: 4, maxEntries: 1 });
  map.freeze();
  expect(() => map.update(new Uint8Array(4), new Uint8Array(4))).toThrow(expect.objectContaining({ errno: "EPERM" }));
  expect(map.lookup(new Uint8Array(4))).toEqual(new Uint8Array(4));
});

// parity: helpers.printk
test("what a program prints is read, with the process that ran it", async () => {
  using pipe = new TracePipe();
  pipe.read();
  run("print", 33);
  for await (const line of pipe.lines({ signal: AbortSignal.timeout(5000) })) {
    if (line.message !== "printed 33") continue;
    expect(line).toMatchObject({ pid: process.pid, text: expect.stringContaining("bpf_trace_printk") });
    return;
  }
  throw new Error("nothing was printed");
});

test("a reader of printed lines ends on close and on a signal", async () => {
  const pipe = new TracePipe();
  const abort = new AbortController();
  setTimeout(() => abort.abort(), 20);
  for await (const _ of pipe.lines({ signal: abort.signal }));
  setTimeout(() => pipe.close(), 20);
  for await (const _ of pipe);
  expect(pipe.read()).toEqual([]);
});
