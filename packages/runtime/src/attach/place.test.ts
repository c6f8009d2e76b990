import type { AttachKind, Program } from "@lbc/core/object";
import { expect, test } from "vitest";
import type { AttachTargets, Place } from "../attach-target.ts";
import { command } from "../bpf/commands.ts";
import { FakeSys } from "../sys/fake.test.support.ts";
import { attachProgram } from "./attach.ts";

const EINVAL = -22;

const program = (attach: AttachKind, attachType: Program["attachType"]): Program => ({
  ...{ name: "placed", section: attach.kind, type: "sched_cls", attach, attachType },
  ...{ sectionIndex: 1, offset: 0, size: 16, autoload: true, sleepable: false, frags: false, btfId: null },
});

function linked(attached: Program, target: AttachTargets[AttachKind["kind"]], answer?: number): DataView {
  const sys = new FakeSys({
    files: { "/cgroup": "" },
    release: "6.18.0",
    bpf: (asked) => (asked === command.linkCreate ? answer : undefined),
  });
  attachProgram({ sys, program: attached, fd: 7, usdtSpecs: null }, target);
  return sys.calls.find((call) => call.command === command.linkCreate)?.attr ?? new DataView(new ArrayBuffer(64));
}

/** `flags`, `relative_fd` and `expected_revision`. */
const placeOf = (attr: DataView): readonly [number, number, bigint] => [
  attr.getUint32(12, true),
  attr.getUint32(16, true),
  attr.getBigUint64(24, true),
];

const hooks = [
  ["tcx", program({ kind: "tcx" }, "tcx_ingress"), { interface: 1 }],
  ["netkit", program({ kind: "netkit" }, "netkit_primary"), { interface: 1 }],
  ["cgroup", program({ kind: "cgroup" }, "cgroup_inet_ingress"), { path: "/cgroup" }],
  ["lsm_cgroup", program({ kind: "lsm_cgroup", hook: "socket_bind" }, "lsm_cgroup"), { cgroup: "/cgroup" }],
] as const;

test.each(hooks)("a program of %s comes last, or where it is told to stand", (_, attached, target) => {
  const places: readonly (readonly [Place, readonly [number, number, bigint]])[] = [
    [{}, [0, 0, 0n]],
    [{ before: "all" }, [1 << 3, 0, 0n]],
    [{ after: "all", expectedRevision: 5n }, [1 << 4, 0, 5n]],
    [{ before: { link: { fd: 9 } } }, [(1 << 3) | (1 << 13), 9, 0n]],
    [{ after: { program: { fd: 8 } } }, [1 << 4, 8, 0n]],
    [{ after: { programId: 40 } }, [(1 << 4) | (1 << 5), 40, 0n]],
    [{ before: { linkId: 41 } }, [(1 << 3) | (1 << 5) | (1 << 13), 41, 0n]],
    [{ preorder: true }, [1 << 6, 0, 0n]],
  ];
  for (const [place, expected] of places) expect(placeOf(linked(attached, { ...target, ...place }))).toEqual(expected);
});

test.each<[Place]>([[{ before: "all", after: "all" }], [{ before: { link: { fd: null } } }]])("%j is no place", (place) => {
  const [[, tcx, target]] = hooks;
  expect(() => linked(tcx, { ...target, ...place })).toThrow(
    expect.objectContaining({ code: "attach-target-missing", place: { type: "placed" } }),
  );
});

test("a kernel that has no places at cgroups is named", () => {
  const [, , [, cgroup, target]] = hooks;
  const refused = (hint: unknown) => expect.objectContaining({ code: "attach-failed", hint });
  expect(() => linked(cgroup, { ...target, before: "all" }, EINVAL)).toThrow(refused(expect.stringContaining("6.17")));
  expect(() => linked(cgroup, target, EINVAL)).toThrow(refused(undefined));
});

test.each([
  [undefined, 0],
  [true, 1],
])("netfilter's hook with defragment %s has the flags %i", (defragment, flags) => {
  const netfilter = program({ kind: "netfilter" }, "netfilter");
  const target = { family: "ipv4", hook: 1, priority: -50, ...(defragment === undefined ? {} : { defragment }) } as const;
  expect(linked(netfilter, target).getUint32(28, true)).toBe(flags);
});
