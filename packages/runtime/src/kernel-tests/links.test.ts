import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { mkdirSync, mkdtempSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import koffi from "koffi";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { command } from "../bpf/commands.ts";
import { KeyedMap, type LoadedObject, openPinnedLink, type Program, scalars } from "../index.ts";
import { errno } from "../sys/errno.ts";
import { linuxSys } from "../sys/linux.ts";
import type { Sys } from "../sys/sys.ts";
import { cgroupRoot } from "./cgroup.test.support.ts";
import { openFixture, packet } from "./fixtures.test.support.ts";
import { kernelBefore, skipFor, trampolinesMissing } from "./needs.test.support.ts";

/** `enum hook` of links.bpf.c. */
const hooks = { tracepoint: 0, rawTracepoint: 1, tpBtf: 2, uprobe: 3, perfEvent: 4, usdt: 5, tc: 6, tcx: 7, cgroup: 8, multi: 10 };
const hookCount = 11;
const { u32, u64 } = scalars("little");
const libc = koffi.load(null);
let loaded: LoadedObject;
let scratch: string;

beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), "lbc-links-"));
});
afterAll(() => rmSync(scratch, { recursive: true }));
beforeEach(() => {
  loaded = load(process.pid);
});
afterEach(() => loaded.close());

function load(pid: number, optional: readonly string[] = [], sys: Sys = linuxSys()): LoadedObject {
  const open = openFixture("links", { sys });
  open.section(".rodata").view.setUint32(0, pid, true);
  for (const name of optional) open.program(name).autoload = true;
  return open.load();
}

/** A kernel before 5.15 as far as probes are concerned: BPF_LINK_CREATE refuses BPF_PERF_EVENT. */
function withoutPerfLinks(): Sys {
  const sys = linuxSys();
  const isPerfLink = (asked: number, attr: Uint8Array): boolean => asked === command.linkCreate && new Uint32Array(attr.buffer)[2] === 41;
  return { ...sys, bpf: (asked, attr) => (isPerfLink(asked, attr) ? -errno.EINVAL : sys.bpf(asked, attr)) };
}

const bss = () => loaded.section(".bss").view;
const hits = (hook: number): number => Number(bss().getBigUint64(8 * hook, true));
const cookie = (hook: number): bigint => bss().getBigUint64(8 * (hookCount + hook), true);
const fork = (): void => void spawnSync("/bin/true");
const run = (program: Program): number => program.testRun({ data: packet }).returnValue;

// parity: links.cookie
describe("a cookie tells the program which of its links was hit", () => {
  beforeEach(({ skip }) => {
    skipFor(skip, kernelBefore("5.15"));
  });

  test("of a tracepoint", () => {
    loaded.program<"tracepoint">("on_tracepoint").attach({ cookie: 0x1234_5678_9abc_def0n });
    fork();
    expect([hits(hooks.tracepoint) > 0, cookie(hooks.tracepoint)]).toEqual([true, 0x1234_5678_9abc_def0n]);
  });

  test("of a function in a library, twice", () => {
    const getenv = libc.func("uintptr_t getenv(const char *name)");
    const getpid = libc.func("int getpid()");
    const program = loaded.program<"uprobe">("on_uprobe");
    program.attach({ path: "libc.so.6", function: "getenv", pid: process.pid, cookie: 1n });
    program.attach({ path: "libc.so.6", function: "getpid", pid: process.pid, cookie: 2n });
    getenv("HOME");
    expect(cookie(hooks.uprobe)).toBe(1n);
    getpid();
    expect(cookie(hooks.uprobe)).toBe(2n);
  });

  // parity: links.uprobe-multi
  test("of many functions at once", ({ skip }) => {
    skipFor(skip, kernelBefore("6.6"));
    using other = load(process.pid, ["on_uprobe_multi"]);
    const link = other
      .program<"uprobe_multi">("on_uprobe_multi")
      .attach({ path: "libc.so.6", functions: ["getuid", "getgid"], pid: process.pid, cookies: [7n, 8n] });
    expect(link.info.type).toBe("uprobe_multi");
    libc.func("int getgid()")();
    expect(other.section(".bss").view.getBigUint64(8 * (hookCount + hooks.multi), true)).toBe(8n);
    libc.func("int getuid()")();
    expect(other.section(".bss").view.getBigUint64(8 * (hookCount + hooks.multi), true)).toBe(7n);
    expect(() =>
      other.program<"uprobe_multi">("on_uprobe_multi").attach({ path: "libc.so.6", functions: ["getuid"], cookies: [] }),
    ).toThrow(RangeError);
  });

  // parity: links.perf-event
  test("of samples of a perf event, on every CPU", async () => {
    const link = loaded.program<"perf_event">("on_sample").attach({ frequency: 1000, pid: process.pid, cookie: 5n });
    const end = performance.now() + 2000;
    while (hits(hooks.perfEvent) === 0 && performance.now() < end);
    expect([hits(hooks.perfEvent) > 0, cookie(hooks.perfEvent)]).toEqual([true, 5n]);
    link.close();
  });

  test.for([
    ["on_tp_btf", hooks.tpBtf, "5.19"],
    ["on_raw_tracepoint", hooks.rawTracepoint, "6.10"],
  ] as const)("of %s, which is attached by it all the same", ([name, hook, since], { skip }) => {
    skipFor(skip, kernelBefore(since));
    loaded.program<"tp_btf">(name).attach({ cookie: 9n });
    fork();
    expect(hits(hook)).toBeGreaterThan(0);
  });
});

describe("a probe that a program's authors marked (USDT)", () => {
  let target: ChildProcess;
  /** Two places of one probe: its arguments are in a register, in memory and in the instruction. */
  const source = `
    #include <stdio.h>
    #define PROBE(specification) __asm__ volatile( \\
      "990: nop\\n.pushsection .note.stapsdt,\\"\\",\\"note\\"\\n.balign 4\\n.4byte 992f-991f, 994f-993f, 3\\n991: .asciz \\"stapsdt\\"\\n" \\
      "992: .balign 4\\n993: .8byte 990b, _.stapsdt.base, watchers\\n.asciz \\"shop\\"\\n.asciz \\"sold\\"\\n.asciz \\"" specification "\\"\\n994: .balign 4\\n.popsection\\n" \\
      ".ifndef _.stapsdt.base\\n.pushsection .stapsdt.base,\\"aG\\",\\"progbits\\",.stapsdt.base,comdat\\n.weak _.stapsdt.base\\n.hidden _.stapsdt.base\\n" \\
      "_.stapsdt.base: .space 1\\n.size _.stapsdt.base, 1\\n.popsection\\n.endif\\n" :: "r"(small), "m"(large))
    /* Raised while somebody watches (the semaphore of the probe). */
    __attribute__((used, section(".probes"))) volatile unsigned short watchers;
    int main(void) {
      register int small __asm__("ecx") = -7;
      long here[2] = { 0, 1L << 40 };
      register long *base __asm__("rsi") = here;
      #define large here
      char line[8];
      while (fgets(line, sizeof(line), stdin)) {
        small = -7;
        base = here;
        __asm__ volatile("" : "+r"(small), "+r"(base));
        PROBE("-4@%%ecx 8@8(%%rsi) -4@$-3");
        __asm__ volatile("" :: "r"(small), "r"(base));
        printf("%d\\n", watchers);
        fflush(stdout);
      }
      return 0;
    }`;

  beforeAll(() => {
    writeFileSync(join(scratch, "shop.c"), source);
    execFileSync("cc", ["-O1", "-o", join(scratch, "shop"), join(scratch, "shop.c")]);
  });
  beforeEach(() => {
    target = spawn(join(scratch, "shop"), { stdio: ["pipe", "pipe", "inherit"] });
  });
  afterEach(() => {
    target.kill("SIGKILL");
  });

  /** Gives how many watch. */
  const sell = (): Promise<number> =>
    new Promise((resolve) => {
      target.stdout?.once("data", (line) => resolve(Number(line)));
      target.stdin?.write("x\n");
    });

  // parity: links.usdt
  test.each([
    ["as the kernel has them", linuxSys()],
    ["by the address of the place, on kernels before 5.15", withoutPerfLinks()],
  ])("gives its arguments from registers, memory and constants, and the cookie: %s", async (_, sys) => {
    using other = load(target.pid ?? 0, [], sys);
    const pid = target.pid ?? 0;
    const link = other.program<"usdt">("on_usdt").attach({ path: join(scratch, "shop"), provider: "shop", name: "sold", pid, cookie: 77n });
    expect(await sell()).toBe(1);
    const view = other.section(".bss").view;
    const at = 8 * 2 * hookCount;
    expect([0, 1, 2, 3].map((index) => view.getBigInt64(at + 8 * index, true))).toEqual([-7n, 1n << 40n, -3n, 3n]);
    expect(view.getBigUint64(8 * (hookCount + hooks.usdt), true)).toBe(77n);
    link.close();
    const before = view.getBigUint64(8 * hooks.usdt, true);
    expect(await sell()).toBe(0);
    expect(view.getBigUint64(8 * hooks.usdt, true)).toBe(before);
  });

  test("that is not there is an error that lists those that are", () => {
    const wanted = { provider: "shop", name: "bought", pid: process.pid };
    const attach = (path: string) => () => loaded.program<"usdt">("on_usdt").attach({ path, ...wanted });
    expect(attach(join(scratch, "shop"))).toThrow(expect.objectContaining({ code: "no-such-target", hint: "it has shop:sold" }));
    expect(attach("/bin/true")).toThrow(expect.objectContaining({ code: "no-such-target", hint: expect.stringContaining("sdt.h") }));
  });
});

/** Packets to ourselves, which leave and arrive on the loopback interface. */
async function sendToLoopback(): Promise<void> {
  const socket = createSocket("udp4");
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  const received = new Promise((resolve) => socket.once("message", resolve));
  socket.send("hello", socket.address().port, "127.0.0.1");
  await received;
  socket.close();
}

describe("traffic control", () => {
  const queues = (): string => execFileSync("/sbin/tc", ["qdisc", "show", "dev", "lo"], { encoding: "utf8" });
  let hadQueue: boolean;
  beforeAll(() => {
    hadQueue = queues().includes("clsact");
  });
  // What a filter hangs on stays when the filter goes.
  afterAll(() => {
    if (!hadQueue && queues().includes("clsact")) execFileSync("/sbin/tc", ["qdisc", "del", "dev", "lo", "clsact"]);
  });

  // parity: links.tc
  test.each(["ingress", "egress"] as const)(
    "sees packets of %s by a filter that works on every kernel, until it is closed",
    async (direction) => {
      const link = loaded.program<"tc">("on_tc").attach({ interface: "lo", direction, priority: 1234 });
      expect(execFileSync("/sbin/tc", ["filter", "show", "dev", "lo", direction], { encoding: "utf8" })).toContain("pref 1234");
      await sendToLoopback();
      expect(hits(hooks.tc)).toBeGreaterThan(0);
      link.close();
      const seen = hits(hooks.tc);
      await sendToLoopback();
      expect(hits(hooks.tc)).toBe(seen);
      expect(() => link.info).toThrow(expect.objectContaining({ code: "closed" }));
    },
  );

  test("does not take what is no interface", () => {
    expect(() => loaded.program<"tc">("on_tc").attach({ interface: "none0" })).toThrow(expect.objectContaining({ code: "no-such-target" }));
    expect(() => loaded.program<"tc">("on_tc").attach({ interface: 2 ** 30 })).toThrow(
      expect.objectContaining({ code: "attach-failed", errno: "ENODEV" }),
    );
  });

  // parity: links.tcx
  test("has links (tcx) on newer kernels", async ({ skip }) => {
    skipFor(skip, kernelBefore("6.6"));
    loaded.close();
    loaded = load(0, ["on_tcx"]);
    const link = loaded.program<"tcx">("on_tcx").attach({ interface: "lo" });
    expect(link.info).toMatchObject({ type: "tcx", programId: expect.any(Number) });
    await sendToLoopback();
    expect(hits(hooks.tcx)).toBeGreaterThan(0);
  });
});

// parity: links.cgroup
test("a cgroup's program decides for the processes in it", () => {
  const folder = join(cgroupRoot(), `lbc-links-${process.pid}`);
  mkdirSync(folder);
  try {
    const link = loaded.program<"cgroup">("on_socket").attach({ path: folder });
    expect(link.info.type).toBe("cgroup");
    const open = (family: number): number =>
      spawnSync("sh", [
        "-c",
        `echo $$ > '${folder}/cgroup.procs'; exec python3 -c 'import socket; socket.socket(${family}, 2)' 2>/dev/null`,
      ]).status ?? -1;
    expect([open(2), hits(hooks.cgroup) > 0]).toEqual([0, true]);
  } finally {
    loaded.close();
    rmdirSync(folder);
  }
});

describe("a link", () => {
  const pin = "/sys/fs/bpf/lbc-links-test";
  afterEach(() => rmSync(pin, { force: true }));

  // parity: links.update, links.info
  test("gets another program without a gap, and tells which one it has", () => {
    const link = loaded.program<"xdp">("pass_first").attach({ interface: "lo", mode: "skb" });
    const before = link.info;
    link.update(loaded.program("calls_replaceable"));
    expect(link.info).toMatchObject({ id: before.id, type: "xdp" });
    expect(link.info.programId).not.toBe(before.programId);
    expect(() => link.update(loaded.program("on_tc"))).toThrow(expect.objectContaining({ code: "attach-failed", errno: "EINVAL" }));
  });

  // parity: links.pin
  test("that is pinned outlives its object, and ends when the pin and the last descriptor are gone", async ({ skip }) => {
    skipFor(skip, kernelBefore("5.15"));
    const link = loaded.program<"tracepoint">("on_tracepoint").attach();
    const { id } = link.info;
    link.pin(pin);
    loaded.close();
    using found = openPinnedLink(pin);
    expect(found.info).toMatchObject({ id, type: "perf_event" });
    expect(() => openPinnedLink(`${pin}-none`)).toThrow(expect.objectContaining({ code: "no-such-target" }));
  });

  // parity: links.detach
  test("is detached although it is pinned, where the kernel can", () => {
    const link = loaded.program<"xdp">("pass_first").attach({ interface: "lo", mode: "skb" });
    link.pin(pin);
    link.detach();
    using _next = loaded.program<"xdp">("drop_all").attach({ interface: "lo", mode: "skb" });
    expect(() => loaded.program<"tracepoint">("on_tracepoint").attach().detach()).toThrow(
      expect.objectContaining({ code: "unsupported", hint: expect.stringContaining("call close()") }),
    );
  });

  // parity: links.xdp
  test("of an XDP program is made in the mode that was asked for, or not at all", () => {
    expect(() => loaded.program<"xdp">("pass_first").attach({ interface: "lo", mode: "driver" })).toThrow(
      expect.objectContaining({ code: "attach-failed" }),
    );
  });

  test("of a socket is none of the kernel's, which is said", () => {
    const fd = libc.func("int socket(int family, int type, int protocol)")(2, 2, 0);
    using attached = openFixture("attach").load();
    const link = attached.program<"socket_filter">("on_packet").attach({ socket: fd });
    expect(() => link.pin(pin)).toThrow(expect.objectContaining({ code: "unsupported" }));
    link.close();
    attached.map("events").sys.close(fd);
  });
});

describe("an iterator", () => {
  // parity: links.iterator
  test("walks over the entries of a map", () => {
    const numbers = new KeyedMap(loaded.map("numbers"), u32, u64);
    numbers.setAll([
      [1, 10n],
      [2, 20n],
    ]);
    const link = loaded.program<"iter">("list_numbers").attach({ map: loaded.map("numbers") });
    expect(link.info.type).toBe("iter");
    expect(Buffer.from(link.read()).toString().trim().split("\n").sort()).toEqual(["1 10", "2 20"]);
    numbers.delete(1);
    expect(Buffer.from(link.read()).toString()).toBe("2 20\n");
  });

  // parity: links.iterator-parameters
  test("walks over all tasks, or those of one process", ({ skip }) => {
    const program = loaded.program<"iter">("list_tasks");
    const lines = (bytes: Uint8Array): string[] => Buffer.from(bytes).toString().trim().split("\n");
    const all = lines(program.attach().read());
    expect(all).toContain(`${process.pid} ${process.pid}`);
    skipFor(skip, kernelBefore("6.1"));
    const own = lines(program.attach({ pid: process.pid }).read());
    expect(own.length).toBeGreaterThan(1);
    expect(own.every((line) => line.startsWith(`${process.pid} `))).toBe(true);
    expect(lines(program.attach({ tid: process.pid }).read())).toEqual([`${process.pid} ${process.pid}`]);
    expect(all.length).toBeGreaterThan(own.length);
  });

  test("is attached with all programs where it walks without parameters", () => {
    const open = openFixture("links");
    for (const { name } of open.declared.programs) open.program(name).autoload = name.startsWith("list_");
    using lists = open.load();
    lists.attach();
    expect(lists.links.map(({ program }) => program)).toEqual(["list_tasks"]);
    expect(Buffer.from(lists.links[0]?.read() ?? []).toString()).toContain(`${process.pid} ${process.pid}\n`);
  });

  test("is the only link that can be read", () => {
    const link = loaded.program<"raw_tracepoint">("on_raw_tracepoint").attach();
    expect(() => link.read()).toThrow(expect.objectContaining({ code: "attach-failed", hint: "only iterators can be read" }));
  });
});

describe("a function of a loaded program", () => {
  // parity: programs.freplace
  test("is replaced by another object's program (freplace), until its link is closed", ({ skip }) => {
    skipFor(skip, trampolinesMissing());
    const target = loaded.program("calls_replaceable");
    expect(run(target)).toBe(2);
    const open = openFixture("links");
    open.program("replacement").autoload = true;
    open.program("replacement").targetProgram = target;
    using other = open.load();
    const link = other.program<"freplace">("replacement").attach();
    expect(run(target)).toBe(3);
    link.close();
    expect(run(target)).toBe(2);
  });

  test("has to be there, and to be named", () => {
    const open = openFixture("links");
    open.program("replacement").autoload = true;
    expect(() => open.load()).toThrow(expect.objectContaining({ code: "attach-target-missing" }));
    const wrong = openFixture("links");
    Object.assign(wrong.program("replacement"), { autoload: true, target: "no_such", targetProgram: loaded.program("calls_replaceable") });
    expect(() => wrong.load()).toThrow(expect.objectContaining({ code: "no-such-target", hint: expect.stringContaining("replaceable") }));
  });
});

// parity: links.sk-lookup, links.flow-dissector
describe("a network namespace", () => {
  test.each([
    ["sk_lookup", "choose_socket"],
    ["flow_dissector", "dissect"],
  ] as const)("takes a program of the kind %s", (_, name) => {
    const link = loaded.program<"netns">(name).attach({ netns: "/proc/self/ns/net" });
    expect(link.info.type).toBe("netns");
    link.close();
  });
});
