import { spawnSync } from "node:child_process";
import { closeSync, readdirSync } from "node:fs";
import koffi from "koffi";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type LoadedObject, RingBuffer } from "../index.ts";
import { linuxSys } from "../sys/linux.ts";
import { type Hit, hit, openFixture } from "./fixtures.test.support.ts";

/** `enum hook` of attach.bpf.c. */
const hooks = { tracepoint: 0, rawTracepoint: 1, tpBtf: 2, uprobe: 3, uretprobe: 4, socketFilter: 5, xdp: 6 };
let loaded: LoadedObject;
let events: RingBuffer<Hit>;

beforeEach(() => {
  const open = openFixture("attach");
  open.section(".rodata").view.setUint32(0, process.pid, true);
  loaded = open.load();
  events = new RingBuffer(loaded.map("events"), hit);
});
afterEach(() => loaded.close());

/** What came from one hook while something happened. */
function hitsOf(hook: number, happens: () => void): Hit[] {
  events.drain(() => undefined);
  happens();
  const hits: Hit[] = [];
  events.drain((event) => {
    if (event.hook === hook) hits.push(event);
  });
  return hits;
}

const fork = (): void => void spawnSync("/bin/true");

describe("fork is seen, until the link is closed", () => {
  // parity: links.tracepoint, links.raw-tracepoint, links.tp-btf
  test.each([
    ["on_tracepoint", hooks.tracepoint],
    ["on_raw_tracepoint", hooks.rawTracepoint],
    ["on_tp_btf", hooks.tpBtf],
  ])("by %s", (name, hook) => {
    const link = loaded.program(name).attach();
    expect(link.program).toBe(name);
    const [first] = hitsOf(hook, fork);
    expect(first).toMatchObject({ pid: process.pid, value: expect.any(BigInt) });
    link.close();
    link.close();
    expect(hitsOf(hook, fork)).toEqual([]);
  });
});

test("attach() attaches every program that knows its target, and close() ends all", () => {
  loaded.attach();
  expect(loaded.links.map((link) => link.program).sort()).toEqual(["on_raw_tracepoint", "on_tp_btf", "on_tracepoint"]);
  expect(new Set([hooks.tracepoint, hooks.rawTracepoint, hooks.tpBtf].map((hook) => hitsOf(hook, fork).length > 0))).toEqual(
    new Set([true]),
  );
  loaded.close();
  expect(loaded.links).toEqual([]);
});

describe("attach() again", () => {
  const attached = (): string[] => loaded.links.map((link) => link.program).sort();

  // parity: links.again
  test("attaches what was detached, and leaves alone what is attached", () => {
    loaded.attach();
    const [first, ...others] = loaded.links;
    first?.close();
    loaded.attach();
    expect(attached()).toEqual(["on_raw_tracepoint", "on_tp_btf", "on_tracepoint"]);
    expect(others.every((link) => loaded.links.includes(link))).toBe(true);
    expect(hitsOf(hooks.tracepoint, fork).length).toBe(hitsOf(hooks.rawTracepoint, fork).length);
  });

  // parity: links.rollback
  test("that fails takes back what it attached itself, and nothing else", () => {
    const real = linuxSys();
    let failing = false;
    const sys = {
      ...real,
      perfEventOpen: (...words: Parameters<typeof real.perfEventOpen>) => (failing ? -12 : real.perfEventOpen(...words)),
    };
    loaded.close();
    loaded = openFixture("attach", { sys }).load();
    const kept = loaded.program("on_raw_tracepoint").attach();
    failing = true;
    expect(() => loaded.attach()).toThrow(expect.objectContaining({ code: "attach-failed", errno: "ENOMEM" }));
    expect(loaded.links).toEqual([kept]);
    failing = false;
    loaded.attach();
    expect(attached()).toEqual(["on_raw_tracepoint", "on_tp_btf", "on_tracepoint"]);
  });
});

// parity: programs.autoattach
test("a program whose autoattach is off stays out of attach()", () => {
  const open = openFixture("attach");
  open.program("on_tp_btf").autoattach = false;
  using other = open.load();
  other.attach();
  expect(other.links.map((link) => link.program).sort()).toEqual(["on_raw_tracepoint", "on_tracepoint"]);
});

// parity: links.uprobe, helpers.target
describe("a function of libc", () => {
  const getenv = koffi.load(null).func("uintptr_t getenv(const char *name)");

  test.each([
    ["on_uprobe", hooks.uprobe],
    ["on_uretprobe", hooks.uretprobe],
  ])("is seen by %s, found by the library's name", (name, hook) => {
    const link = loaded.program<"uprobe">(name).attach({ path: "libc.so.6", function: "getenv", pid: process.pid });
    expect(hitsOf(hook, () => getenv("HOME")).length).toBeGreaterThan(0);
    link.close();
    expect(hitsOf(hook, () => getenv("HOME"))).toEqual([]);
  });

  test("that is not there is an error that names program, file and function, and those of a like name", () => {
    expect(() => loaded.program<"uprobe">("on_uprobe").attach({ path: "libc.so.6", function: "getenvv" })).toThrow(
      expect.objectContaining({
        code: "no-such-target",
        message: expect.stringMatching(/^on_uprobe attaches to the function getenvv, which .*\/libc\.so\.6 does not have$/),
        hint: expect.stringContaining("getenv"),
      }),
    );
    expect(() => loaded.program<"uprobe">("on_uprobe").attach({ path: "libc.so.6", function: "0123456789_0123456789" })).toThrow(
      expect.objectContaining({ hint: expect.stringContaining("nm -D") }),
    );
    expect(() => loaded.program<"uprobe">("on_uprobe").attach({ path: "libnone.so", function: "x" })).toThrow(
      expect.objectContaining({ code: "no-such-target" }),
    );
  });

  test("has to be named", () => {
    expect(() => loaded.program("on_uprobe").attach()).toThrow(expect.objectContaining({ code: "attach-target-missing" }));
  });
});

// parity: links.socket-filter
test("a socket filter sees the packets of its socket", () => {
  const libc = koffi.load(null);
  const sockets = Buffer.alloc(8);
  libc.func("int socketpair(int domain, int type, int protocol, void *sockets)")(1, 2, 0, sockets);
  const [from, to] = [sockets.readInt32LE(0), sockets.readInt32LE(4)];
  const send = libc.func("long send(int fd, const void *data, size_t length, int flags)");
  const link = loaded.program<"socket_filter">("on_packet").attach({ socket: to });
  expect(hitsOf(hooks.socketFilter, () => send(from, Buffer.alloc(33), 33, 0))).toEqual([{ hook: hooks.socketFilter, pid: 0, value: 33n }]);
  link.close();
  expect(hitsOf(hooks.socketFilter, () => send(from, Buffer.alloc(5), 5, 0))).toEqual([]);
  closeSync(from);
  closeSync(to);
});

test("an XDP program runs on a packet that nobody sent", () => {
  const run = (first: number) => loaded.program("on_xdp").testRun({ data: Uint8Array.from([first, ...new Array(63).fill(0)]) });
  expect(run(0xff).returnValue).toBe(1);
  expect(run(0x00)).toMatchObject({ returnValue: 2, data: new Uint8Array(64) });
  expect(loaded.section(".bss").view.getBigUint64(8 * hooks.xdp, true)).toBe(2n);
});

test("an XDP program sees what an interface receives", () => {
  const link = loaded.program<"xdp">("on_xdp").attach({ interface: "lo", mode: "skb" });
  expect(link.fd).toBeGreaterThan(0);
  link.close();
  expect(() => loaded.program<"xdp">("on_xdp").attach({ interface: "none0" })).toThrow(expect.objectContaining({ code: "no-such-target" }));
});

test("fifty rounds leave no descriptor behind, nor does a load that fails", () => {
  const descriptors = () => readdirSync("/proc/self/fd").length;
  loaded.close();
  const round = (): void => {
    using object = openFixture("attach").load();
    using _events = new RingBuffer(object.map("events"), hit);
    object.attach();
  };
  round();
  const before = descriptors();
  for (let index = 0; index < 50; index++) round();
  const failing = openFixture("attach");
  failing.program("on_tp_btf").target = "no_such_tracepoint";
  expect(() => failing.load()).toThrow(expect.objectContaining({ code: "no-such-target" }));
  expect(descriptors()).toBe(before);
});
