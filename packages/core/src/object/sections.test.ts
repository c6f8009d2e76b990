import { describe, expect, test } from "vitest";
import { parseSectionName } from "./index.ts";
import { sectionForms } from "./sections.ts";

test.each(sectionForms.map(([form]) => form))("%s is recognised, with a target only where it may have one", (form) => {
  const name = form.replace(/\+$/, "");
  expect(parseSectionName(name).type).not.toBe("unspec");
  expect(parseSectionName(`${name}/no/such:target`).type === "unspec").toBe(!form.endsWith("+"));
  expect(parseSectionName(`${name}x`).type).toBe("unspec");
});

describe("the target of", () => {
  test.each([
    ["kprobe", { kind: "kprobe", function: null, offset: 0, return: false }],
    ["kprobe/do_unlinkat", { kind: "kprobe", function: "do_unlinkat", offset: 0, return: false }],
    ["kprobe/do_unlinkat.isra.0+0x10", { kind: "kprobe", function: "do_unlinkat.isra.0", offset: 16, return: false }],
    ["kprobe/f+010", { kind: "kprobe", function: "f", offset: 8, return: false }],
    ["kprobe/f+12", { kind: "kprobe", function: "f", offset: 12, return: false }],
    ["kretprobe/f", { kind: "kprobe", function: "f", offset: 0, return: true }],
    ["kprobe.multi/tcp_*", { kind: "kprobe_multi", pattern: "tcp_*", return: false, session: false }],
    ["kretprobe.multi", { kind: "kprobe_multi", pattern: null, return: true, session: false }],
    ["kprobe.session/x?", { kind: "kprobe_multi", pattern: "x?", return: false, session: true }],
    ["ksyscall/openat", { kind: "ksyscall", syscall: "openat", return: false }],
    ["kretsyscall/openat", { kind: "ksyscall", syscall: "openat", return: true }],
    ["uprobe", { kind: "uprobe", path: null, function: null, offset: 0, return: false }],
    ["uprobe//usr/lib/libc.so.6:malloc", { kind: "uprobe", path: "/usr/lib/libc.so.6", function: "malloc", offset: 0, return: false }],
    ["uretprobe.s/bash:readline+0x8", { kind: "uprobe", path: "bash", function: "readline", offset: 8, return: true }],
    ["uprobe/bash:operator+", { kind: "uprobe", path: "bash", function: "operator+", offset: 0, return: false }],
    ["uprobe/bash", { kind: "uprobe", path: null, function: null, offset: 0, return: false }],
    ["uprobe.multi.s/bash:read*", { kind: "uprobe_multi", path: "bash", pattern: "read*", return: false, session: false }],
    ["uretprobe.multi/bash:r", { kind: "uprobe_multi", path: "bash", pattern: "r", return: true, session: false }],
    ["uprobe.session/bash:r", { kind: "uprobe_multi", path: "bash", pattern: "r", return: false, session: true }],
    ["usdt/libc.so.6:libc:setjmp", { kind: "usdt", path: "libc.so.6", provider: "libc", name: "setjmp" }],
    ["usdt.s", { kind: "usdt", path: null, provider: null, name: null }],
    ["tp/sched/sched_switch", { kind: "tracepoint", category: "sched", name: "sched_switch" }],
    ["tracepoint/sched", { kind: "tracepoint", category: null, name: null }],
    ["raw_tp/sys_enter", { kind: "raw_tracepoint", name: "sys_enter", writable: false }],
    ["raw_tracepoint.w/nbd_send", { kind: "raw_tracepoint", name: "nbd_send", writable: true }],
    ["tp_btf/sched_switch", { kind: "tp_btf", name: "sched_switch" }],
    ["fentry/f", { kind: "trampoline", when: "entry", function: "f" }],
    ["fexit.s/f", { kind: "trampoline", when: "exit", function: "f" }],
    ["fmod_ret/f", { kind: "trampoline", when: "modify_return", function: "f" }],
    ["fsession.s/f", { kind: "trampoline", when: "session", function: "f" }],
    ["freplace/f", { kind: "freplace", function: "f" }],
    ["lsm.s/file_open", { kind: "lsm", hook: "file_open" }],
    ["lsm_cgroup/socket_bind", { kind: "lsm_cgroup", hook: "socket_bind" }],
    ["iter/task", { kind: "iter", target: "task" }],
    ["iter.s/", { kind: "iter", target: null }],
    ["tc/ingress", { kind: "tcx" }],
    ["tc", { kind: "tc" }],
    ["netkit/peer", { kind: "netkit" }],
    ["xdp", { kind: "xdp" }],
    ["xdp/devmap", null],
    ["syscall", null],
    ["sk_skb/verdict", { kind: "sockmap" }],
    ["cgroup/connect4", { kind: "cgroup" }],
    ["struct_ops.s/init", { kind: "struct_ops" }],
    ["netfilter", { kind: "netfilter" }],
  ])("%s", (section, attach) => expect(parseSectionName(section).attach).toEqual(attach));
});

test.each([
  ["uprobe.s/a:b", true],
  ["uprobe/a.s:b.s", false],
  ["uprobe.multi.s", true],
  ["lsm.s/x", true],
  ["syscall", true],
  ["fentry/f.s", false],
])("%s may sleep: %s", (section, sleepable) => expect(parseSectionName(section).sleepable).toBe(sleepable));

test("a question mark keeps a program from being loaded by itself", () => {
  expect(parseSectionName("?xdp")).toEqual({ ...parseSectionName("xdp"), autoload: false });
});
