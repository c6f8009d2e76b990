import type { AttachKind } from "@lbc/core/object";
import { expect, test } from "vitest";
import { FakeSys } from "../sys/fake.test.support.ts";
import { trampolinesRefused } from "./trampolines.ts";

const EPERM = -1;
const EINVAL = -22;
const ENOTSUPP = -524;
const fentry: AttachKind = { kind: "trampoline", function: "vfs_read", when: "entry" };
const status = "/proc/self/status";
const root = { [status]: "Name:\tnode\nCapEff:\t000001fffeffffff\n" };
const tracer = { [status]: "CapEff:\t000000c000000000\n" };
const nobody = { [status]: "CapEff:\t0000000000000000\n" };
const locked = { ...root, "/sys/kernel/security/lockdown": "none integrity [confidentiality]\n" };

const refusal = (attach: AttachKind, result: number, files: Record<string, string>) =>
  trampolinesRefused(new FakeSys({ files }), result, { name: "on_read", attach }, "loading program on_read");

test.each([
  ["not permitted to root", EPERM, root],
  ["not permitted with CAP_BPF and CAP_PERFMON", EPERM, tracer],
  ["not supported", ENOTSUPP, nobody],
])("fentry that is %s is refused by the kernel itself, and the error names other ways", (_, result, files) => {
  expect(refusal(fentry, result, files)).toMatchObject({
    code: "unsupported",
    message: expect.stringMatching(/^loading program on_read: this kernel, or the hypervisor under it, refuses trampolines/),
    hint: expect.stringMatching(/kprobe.*tp_btf/),
    place: { type: "on_read" },
  });
});

test.each<[string, AttachKind, number, Record<string, string>]>([
  ["a capability is missing", fentry, EPERM, nobody],
  ["the kernel is locked down", fentry, EPERM, locked],
  ["something else is wrong", fentry, EINVAL, root],
  ["the program needs no trampoline", { kind: "tp_btf", name: "sched_switch" }, EPERM, root],
])("it is not the trampolines where %s", (_, attach, result, files) => {
  expect(refusal(attach, result, files)).toBeNull();
});
