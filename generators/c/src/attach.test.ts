import type { AttachKind, ProgramLayout } from "@lbc/core/layout";
import { expect, test } from "vitest";
import { attachTo, targetKind } from "./attach.ts";

const program = (attach: AttachKind | null): ProgramLayout => ({
  name: "prog",
  section: "",
  type: "unspec",
  attachType: null,
  attach,
  autoattach: false,
  autoload: true,
  sleepable: false,
  doc: null,
});

test.each<[AttachKind, string, boolean, string | null]>([
  [{ kind: "kprobe", function: null, offset: 0, return: true }, "const char *function", true, null],
  [{ kind: "kprobe_multi", pattern: null, return: false, session: false }, "const char *pattern", true, null],
  [{ kind: "ksyscall", syscall: null, return: false }, "const char *syscall", true, null],
  [
    { kind: "uprobe", path: null, function: null, offset: 0, return: false },
    "pid_t pid, const char *path, const char *function, size_t offset",
    true,
    null,
  ],
  [
    { kind: "uprobe_multi", path: null, pattern: null, return: false, session: false },
    "pid_t pid, const char *path, const char *pattern",
    true,
    "CLBC_LIBBPF(1, 3)",
  ],
  [{ kind: "tracepoint", category: null, name: null }, "const char *category, const char *tracepoint", true, null],
  [{ kind: "xdp" }, "int ifindex", true, null],
  [{ kind: "tcx" }, "int ifindex", true, "CLBC_LIBBPF(1, 3)"],
  [{ kind: "cgroup" }, "int cgroup_fd", true, null],
  [{ kind: "socket_filter" }, "int socket_fd", false, null],
  [{ kind: "tc" }, "const struct bpf_tc_hook *hook, struct bpf_tc_opts *opts", false, null],
  [{ kind: "sockmap" }, "int target_fd", false, null],
])("%j is attached to %s (link: %s, from: %s)", (attach, parameters, ownsLink, gate) => {
  expect(attachTo(program(attach))).toMatchObject({ parameters, ownsLink, gate });
});

test("a return probe says so to libbpf", () => {
  expect(attachTo(program({ kind: "kprobe", function: null, offset: 0, return: true }))?.call).toBe(
    "bpf_program__attach_kprobe(PROG, true, function)",
  );
});

test.each<[AttachKind | null, string | null]>([
  [{ kind: "tp_btf", name: "sched_switch" }, "tracepoint"],
  [{ kind: "trampoline", when: "entry", function: null }, "kernel function"],
  [{ kind: "lsm", hook: "file_open" }, "LSM hook"],
  [{ kind: "kprobe", function: null, offset: 0, return: false }, null],
  [null, null],
])("the target of %j that is set before load is a %s", (attach, kind) => {
  expect(targetKind(program(attach))).toBe(kind);
});
