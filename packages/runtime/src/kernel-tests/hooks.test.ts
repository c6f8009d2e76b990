import { execFileSync, spawnSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { connect as connectTo, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import koffi from "koffi";
import { afterEach, describe, expect, test } from "vitest";
import type { Link, LoadedObject } from "../index.ts";
import { Kernel } from "../kernel/kernel.ts";
import { linuxSys } from "../sys/linux.ts";
import { cgroupRoot } from "./cgroup.test.support.ts";
import { fixtureBytes, openFixture, packet } from "./fixtures.test.support.ts";
import { bpfSecurityMissing, kernelBefore, kernelWithout, skipFor, trampolinesMissing } from "./needs.test.support.ts";

/** `enum hook` of hooks.bpf.c. */
const hooks = { kprobeMulti: 0, ksyscall: 1, lsm: 2, lsmCgroup: 3, fmodRet: 4, module: 5, netkit: 6, message: 7, verdict: 8, variant: 9 };
const hookCount = 10;
const libc = koffi.load(null);
let loaded: LoadedObject;
afterEach(() => loaded?.close());

function load(name: string, target?: string): LoadedObject {
  const open = openFixture("hooks");
  open.section(".rodata").view.setUint32(0, process.pid, true);
  Object.assign(open.program(name), { autoload: true, ...(target === undefined ? {} : { target }) });
  loaded = open.load();
  return loaded;
}

const hits = (hook: number): number => Number(loaded.section(".bss").view.getBigUint64(8 * hook, true));
/** How often a program ran while somebody held what BPF_ENABLE_STATS gives. */
const enableStats = 32;
const runsOf = (fd: number): number => Number(/^run_cnt:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, "utf8"))?.[1]);

async function sendToOurselves(): Promise<void> {
  const socket = createSocket("udp4").bind(0, "127.0.0.1");
  await once(socket, "listening");
  const received = once(socket, "message");
  socket.send("hello", socket.address().port, "127.0.0.1");
  await received;
  socket.close();
}

const openFile = (): void => closeSync(openSync("/proc/self/status", "r"));

/** What a link's program sees of something, while it is attached and afterwards. */
function seen(link: Link, hook: number, happens: () => void): { readonly attached: boolean; readonly closed: boolean } {
  happens();
  const attached = hits(hook);
  link.close();
  happens();
  return { attached: attached > 0, closed: hits(hook) > attached };
}
const onlyWhileAttached = { attached: true, closed: false };

describe("functions of the kernel", () => {
  // parity: links.kprobe-multi
  test("are watched many at once, by a pattern or by name", ({ skip }) => {
    skipFor(skip, kernelWithout("register_fprobe"));
    const program = load("on_kprobe_multi").program<"kprobe_multi">("on_kprobe_multi");
    expect(seen(program.attach(), hooks.kprobeMulti, openFile)).toEqual(onlyWhileAttached);
    const named = program.attach({ functions: ["security_file_open", "security_file_permission"], cookies: [1n, 2n] });
    expect(named.info.type).toBe("kprobe_multi");
  });

  // parity: links.ksyscall
  test("are found by the name of their system call", ({ skip }) => {
    skipFor(skip, existsSync("/sys/bus/event_source/devices/kprobe") ? null : "this kernel has no kprobes");
    const getpgid = libc.func("int getpgid(int pid)");
    const link = load("on_getpgid").program("on_getpgid").attach();
    expect(seen(link, hooks.ksyscall, () => getpgid(1))).toEqual(onlyWhileAttached);
  });

  // parity: links.module-function, core.module
  test("are watched in a module, by its own type information", ({ skip }) => {
    skipFor(skip, existsSync("/sys/kernel/btf/overlay") ? trampolinesMissing() : "the module overlay is not loaded");
    const link = load("on_module").program("on_module").attach();
    expect(seen(link, hooks.module, () => void readFileSync("/etc/passwd"))).toEqual(onlyWhileAttached);
    const size = execFileSync("/usr/sbin/bpftool", ["btf", "dump", "file", "/sys/kernel/btf/overlay", "-B", "/sys/kernel/btf/vmlinux"], {
      encoding: "utf8",
    });
    expect(/STRUCT 'ovl_fs' size=(\d+)/.exec(size)?.[1]).toBe(String(loaded.section(".bss").view.getBigUint64(8 * hookCount, true)));
  });

  // parity: links.fmod-ret, programs.load-target
  test("are watched before they decide, at another one than the section names", ({ skip }) => {
    skipFor(skip, trampolinesMissing());
    expect(seen(load("on_fmod_ret").program("on_fmod_ret").attach(), hooks.fmodRet, openFile)).toEqual(onlyWhileAttached);
    expect(() => load("on_fmod_ret", "no_such_function")).toThrow(expect.objectContaining({ code: "no-such-target" }));
  });
});

describe("decisions of security modules", () => {
  // parity: links.lsm, programs.sleepable
  test.for(["on_lsm", "on_sleepable_lsm"])("are %s's as well", (name, { skip }) => {
    // Before, file_open() takes no program that may sleep.
    const since = name === "on_sleepable_lsm" ? kernelBefore("5.11") : null;
    skipFor(skip, since ?? bpfSecurityMissing());
    const link = load(name).program<"lsm">(name).attach();
    expect(link.info.type).toBe("tracing");
    expect(seen(link, hooks.lsm, openFile)).toEqual(onlyWhileAttached);
  });

  // parity: links.lsm-cgroup
  test("are those of one cgroup where that is asked for", ({ skip }) => {
    skipFor(skip, kernelBefore("6.0") ?? bpfSecurityMissing());
    const folder = join(cgroupRoot(), `lbc-hooks-${process.pid}`);
    mkdirSync(folder);
    try {
      const link = load("on_lsm_cgroup").program<"lsm_cgroup">("on_lsm_cgroup").attach({ cgroup: folder });
      const bind = `import socket; socket.socket().bind(("127.0.0.1", 0))`;
      const happens = (): void => {
        expect(spawnSync("sh", ["-c", `echo $$ > '${folder}/cgroup.procs'; exec python3 -c '${bind}'`]).status).toBe(0);
      };
      expect(seen(link, hooks.lsmCgroup, happens)).toEqual(onlyWhileAttached);
    } finally {
      loaded.close();
      rmdirSync(folder);
    }
  });
});

describe("devices and sockets", () => {
  // parity: links.netkit
  test("of the kind netkit run a program for each packet", ({ skip }) => {
    skipFor(skip, kernelWithout("netkit_prog_attach"));
    const name = `lbc${process.pid}`;
    execFileSync("/sbin/ip", ["link", "add", name, "type", "netkit"]);
    try {
      const link = load("on_netkit").program<"netkit">("on_netkit").attach({ interface: name });
      expect(link.info.type).toBe("netkit");
      link.close();
    } finally {
      execFileSync("/sbin/ip", ["link", "del", name]);
    }
  });

  // parity: links.netfilter
  test("are filtered by netfilter's hooks", async ({ skip }) => {
    skipFor(skip, kernelBefore("6.4") ?? kernelWithout("bpf_nf_link_attach"));
    const open = openFixture("links");
    open.program("filter_packet").autoload = true;
    loaded = open.load();
    const program = loaded.program<"netfilter">("filter_packet");
    const counting = linuxSys().bpf(enableStats, new Uint8Array(4));
    expect(counting).toBeGreaterThan(0);
    const link = program.attach({ family: "ipv4", hook: 1, priority: -50 });
    expect(link.info.type).toBe("netfilter");
    await sendToOurselves();
    const filtered = runsOf(program.fd);
    expect(filtered).toBeGreaterThan(0);
    link.close();
    await sendToOurselves();
    expect(runsOf(program.fd)).toBe(filtered);
    linuxSys().close(counting);
  });

  // parity: links.sockmap
  test("in a map of sockets hand their messages to the programs of the map", async () => {
    const open = openFixture("hooks");
    for (const name of ["on_message", "on_verdict"]) open.program(name).autoload = true;
    loaded = open.load();
    const server = createServer((socket) => socket.pipe(socket)).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const address = server.address() as { readonly port: number };
    const client = connectTo(address.port, "127.0.0.1");
    await new Promise((resolve) => client.once("connect", resolve));
    const { fd } = (client as Socket & { readonly _handle: { readonly fd: number } })._handle;
    const map = loaded.map("sockets");
    const link = loaded.program<"sockmap">("on_message").attach({ map: map.fd });
    map.update(new Uint8Array(4), new Uint8Array(BigInt64Array.of(BigInt(fd)).buffer));
    client.write("hello");
    await new Promise((resolve) => client.once("data", resolve));
    expect(hits(hooks.message)).toBe(1);
    link.close();
    client.destroy();
    server.close();
  });
});

describe("of programs that do the same", () => {
  // parity: programs.variants
  test("the first that the kernel takes is loaded and attached, the others are left out", () => {
    const open = openFixture("hooks");
    open.section(".rodata").view.setUint32(0, process.pid, true);
    open.firstOf("newer", "older");
    loaded = open.load();
    loaded.attach();
    expect(loaded.links.map((link) => link.program)).toEqual(["older"]);
    expect(() => loaded.program("newer").fd).toThrow(expect.objectContaining({ code: "not-loaded" }));
    spawnSync("/bin/true");
    expect(hits(hooks.variant)).toBeGreaterThan(0);
  });

  test("the last one's error is thrown where the kernel takes none", () => {
    const open = openFixture("hooks");
    open.firstOf("older", "newer");
    open.load().close();
    const other = openFixture("hooks");
    other.firstOf("newer");
    expect(() => other.load()).toThrow(
      expect.objectContaining({ code: "no-such-target", message: expect.stringContaining("no_such_function") }),
    );
    expect(() => openFixture("hooks").firstOf("none")).toThrow(expect.objectContaining({ code: "no-such-program" }));
  });
});

// parity: programs.test-run
test("a program runs on a packet as often as asked, and tells what a run took", () => {
  loaded = openFixture("links").load();
  const { returnValue, data, nanoseconds } = loaded.program("pass_first").testRun({ data: packet, repeat: 10_000 });
  expect([returnValue, data.length, nanoseconds < 1_000_000]).toEqual([2, packet.length, true]);
  expect(() => loaded.program("pass_first").testRun({ data: new Uint8Array(4) })).toThrow(
    expect.objectContaining({ code: "test-run-failed", errno: "EINVAL" }),
  );
});

describe("a kernel's types are taken from a file, for kernels that have none of their own", () => {
  const none = expect.objectContaining({ code: "no-kernel-btf", place: { file: "/none" }, hint: expect.stringContaining("in LBC_BTF") });
  afterEach(() => {
    delete process.env["LBC_BTF"];
  });

  test("by the option kernelBtf", () => {
    loaded = openFixture("attach", { kernelBtf: "/sys/kernel/btf/vmlinux" }).load();
    expect(() => openFixture("attach", { kernelBtf: "/none" }).load()).toThrow(none);
  });

  // parity: core.btf-file
  test("by the environment's LBC_BTF, unless the option says otherwise", () => {
    process.env["LBC_BTF"] = "/none";
    expect(() => openFixture("attach").load()).toThrow(none);
    loaded = openFixture("attach", { kernelBtf: "/sys/kernel/btf/vmlinux" }).load();
  });

  // parity: core.min-btf
  test("that may hold no more than the object needs", () => {
    const file = join(tmpdir(), `lbc-min-${process.pid}.btf`);
    const object = join(tmpdir(), `lbc-min-${process.pid}.bpf.o`);
    try {
      writeFileSync(object, fixtureBytes("attach"));
      execFileSync("/usr/sbin/bpftool", ["gen", "min_core_btf", "/sys/kernel/btf/vmlinux", file, object]);
      expect(statSync(file).size).toBeLessThan(10_000);
      loaded = openFixture("attach", { kernelBtf: file }).load();
      loaded.attach();
    } finally {
      rmSync(file, { force: true });
      rmSync(object, { force: true });
    }
  });

  test("that may be an ELF file, such as vmlinux", () => {
    using kernel = new Kernel(linuxSys(), { kernelBtf: fixtureBytes("kinds") });
    expect(kernel.coreBtf.find("command", "struct").length).toBe(1);
  });
});
