import type { AttachKind, Program } from "@lbc/core/object";
import { describe, expect, test } from "vitest";
import type { AttachTargets } from "../attach-target.ts";
import { command } from "../bpf/commands.ts";
import { FakeSys, type FakeSystem } from "../sys/fake.test.support.ts";
import { attachProgram, knowsItsTarget } from "./attach.ts";

const ENOENT = -2;
const EBADF = -9;
const EINVAL = -22;
const ENOTSUPP = -524;
const programFd = 7;
const files = {
  "/sys/bus/event_source/devices/kprobe/type": "8\n",
  "/sys/bus/event_source/devices/kprobe/format/retprobe": "config:0\n",
  "/sys/kernel/debug/tracing/events/sched/sched_switch/id": "314\n",
  "/sys/devices/system/cpu/online": "0-1",
};

function program(attach: AttachKind, section = attach.kind): Program {
  const at = { sectionIndex: 1, offset: 0, size: 16, attachType: null, autoload: true, sleepable: false, frags: false, btfId: null };
  return { ...at, name: "probe", section, type: "kprobe", attach };
}

const kprobe: AttachKind = { kind: "kprobe", function: "do_exit", offset: 0, return: false };

function attach(kind: AttachKind, system: FakeSystem = {}, target?: AttachTargets[AttachKind["kind"]]) {
  const sys = new FakeSys({ files, ...system });
  return { sys, attachment: attachProgram({ sys, program: program(kind), fd: programFd, usdtSpecs: null }, target) };
}

const without = (number: number): FakeSystem => ({ bpf: (asked) => (asked === number ? EINVAL : undefined) });

describe("a perf event", () => {
  test("is tied to the program by a link, and both are closed", () => {
    const { sys, attachment } = attach(kprobe);
    expect(attachment.fd).not.toBeNull();
    expect(sys.ioctls.map(({ request }) => request)).toEqual([0x2400]);
    attachment.detach();
    expect(sys.openFds.size).toBe(0);
  });

  test("is tied by ioctl on kernels before 5.15, which have no link for it", () => {
    const { sys, attachment } = attach(kprobe, without(command.linkCreate));
    expect(attachment.fd).toBeNull();
    expect(sys.ioctls.map(({ request, argument }) => [request, argument])).toEqual([
      [0x40042408, programFd],
      [0x2400, 0],
    ]);
    attachment.detach();
    expect(sys.openFds.size).toBe(0);
  });

  test.each<[string, AttachKind, AttachTargets[AttachKind["kind"]], readonly [number, bigint, bigint]]>([
    ["a function that the section names", kprobe, undefined, [8, 0n, 0n]],
    ["a function's return", { ...kprobe, return: true }, undefined, [8, 1n, 0n]],
    ["a function and offset given at run time", kprobe, { function: "vfs_read", offset: 4 }, [8, 0n, 4n]],
    ["a tracepoint", { kind: "tracepoint", category: "sched", name: "sched_switch" }, undefined, [2, 314n, 0n]],
  ])("describes %s", (_, kind, target, expected) => {
    const seen: (readonly [number, bigint, bigint])[] = [];
    const remember = (attr: DataView): undefined => {
      seen.push([attr.getUint32(0, true), attr.getBigUint64(8, true), attr.getBigUint64(64, true)]);
    };
    attach(kind, { perfEventOpen: remember }, target);
    expect(seen).toEqual([expected]);
  });

  test("is opened on every CPU that runs, at a frequency or period", () => {
    const seen: [bigint, bigint][] = [];
    const remember = (attr: DataView): undefined => {
      seen.push([attr.getBigUint64(16, true), attr.getBigUint64(40, true)]);
    };
    attach({ kind: "perf_event" }, { perfEventOpen: remember }, { frequency: 49 });
    attach({ kind: "perf_event" }, { perfEventOpen: remember }, { period: 1000, cpu: 1 });
    expect(seen).toEqual([
      [49n, 1024n],
      [49n, 1024n],
      [1000n, 0n],
    ]);
  });

  test("that cannot be opened is an error that names program and target", () => {
    expect(() => attach(kprobe, { perfEventOpen: () => ENOENT })).toThrow(
      expect.objectContaining({ code: "attach-failed", errno: "ENOENT", message: expect.stringContaining("do_exit") }),
    );
  });
});

describe("what is missing is named", () => {
  test.each<[string, AttachKind, object]>([
    ["a function", { ...kprobe, function: null }, { code: "attach-target-missing", hint: expect.stringContaining("function") }],
    ["a socket", { kind: "socket_filter" }, { code: "attach-target-missing", hint: expect.stringContaining("socket") }],
    ["uprobes in the kernel", { kind: "uprobe", path: "/bin/sh", function: null, offset: 8, return: false }, { code: "no-such-target" }],
    [
      "a tracepoint",
      { kind: "tracepoint", category: "sched", name: "none" },
      { code: "attach-failed", hint: expect.stringContaining("tracefs") },
    ],
    ["an interface", { kind: "tc" }, { code: "attach-target-missing", hint: expect.stringContaining("interface") }],
    ["an infrared receiver", { kind: "lirc" }, { code: "attach-target-missing", hint: expect.stringContaining("/dev/lirc0") }],
    ["the struct of an operation", { kind: "struct_ops" }, { code: "unsupported", hint: expect.stringContaining("structOps(") }],
  ])("%s", (_, kind, expected) => {
    expect(() => attach(kind)).toThrow(expect.objectContaining(expected));
  });

  test("kprobes in the kernel", () => {
    expect(() => attach(kprobe, { files: {} })).toThrow(
      expect.objectContaining({ code: "unsupported", hint: expect.stringContaining("KPROBE") }),
    );
  });
});

test.each<[AttachKind, boolean]>([
  [kprobe, true],
  [{ ...kprobe, function: null }, false],
  [{ kind: "uprobe", path: "/bin/sh", function: null, offset: 0, return: false }, false],
  [{ kind: "tracepoint", category: "a", name: "b" }, true],
  [{ kind: "tp_btf", name: "x" }, true],
  [{ kind: "iter", target: "task" }, true],
  [{ kind: "iter", target: "bpf_map_elem" }, false],
  [{ kind: "iter", target: "cgroup" }, false],
  [{ kind: "usdt", path: "libc.so.6", provider: "libc", name: "setjmp" }, true],
  [{ kind: "usdt", path: null, provider: null, name: null }, false],
  [{ kind: "socket_filter" }, false],
  [{ kind: "xdp" }, false],
])("whether %j attaches by itself: %s", (kind, expected) => {
  expect(knowsItsTarget(program(kind))).toBe(expected);
});

test("a kernel that refuses trampolines when fentry is attached is told apart from a wrong target", () => {
  const refuses = { bpf: (asked: number) => (asked === command.rawTracepointOpen ? ENOTSUPP : undefined) };
  const fentry: AttachKind = { kind: "trampoline", when: "entry", function: "do_exit" };
  const refused = { code: "unsupported", errno: "ENOTSUPP", message: expect.stringContaining("refuses trampolines") };
  expect(() => attach(fentry, refuses)).toThrow(expect.objectContaining(refused));
});

test("a hook that came with a later kernel is named, with the version that has it", () => {
  const on = (release: string): FakeSystem => ({ ...without(command.linkCreate), release });
  const refused = (release: string) => {
    const sys = new FakeSys(on(release));
    const tcx: Program = { ...program({ kind: "tcx" }), type: "sched_cls", attachType: "tcx_ingress" };
    return () => attachProgram({ sys, program: tcx, fd: programFd, usdtSpecs: null }, { interface: 1 });
  };
  const message = "program probe: tcx_ingress came with Linux 6.6, and this is 6.1";
  expect(refused("6.1.0-40-amd64")).toThrow(expect.objectContaining({ code: "unsupported", since: "6.6", message }));
  expect(refused("6.6.1")).toThrow(expect.objectContaining({ code: "attach-failed", since: undefined }));
});

test("a folder that is no cgroup is refused with where those are", () => {
  const kind: AttachKind = { kind: "cgroup" };
  const sys = new FakeSys({ files: { "/tmp": "" }, bpf: (asked) => (asked === command.linkCreate ? EBADF : undefined) });
  const ofCgroup: Program = { ...program(kind), attachType: "cgroup_inet_ingress" };
  expect(() => attachProgram({ sys, program: ofCgroup, fd: programFd, usdtSpecs: null }, { path: "/tmp" })).toThrow(
    expect.objectContaining({ code: "attach-failed", errno: "EBADF", hint: expect.stringContaining("findmnt -t cgroup2") }),
  );
  expect(sys.openFds.size).toBe(0);
});
