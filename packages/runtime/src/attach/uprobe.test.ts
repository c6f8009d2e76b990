import type { AttachKind, Program } from "@lbc/core/object";
import { expect, test } from "vitest";
import type { AttachTargets } from "../attach-target.ts";
import { command } from "../bpf/commands.ts";
import { FakeSys } from "../sys/fake.test.support.ts";
import { linuxSys } from "../sys/linux.ts";
import { attachProgram } from "./attach.ts";
import { readTarget } from "./uprobe.ts";

const path = "/opt/shop";
const files = {
  "/sys/bus/event_source/devices/uprobe/type": "9\n",
  "/sys/bus/event_source/devices/uprobe/format/retprobe": "config:0\n",
  [path]: "",
};

const program = (attach: AttachKind): Program => ({
  ...{ name: "probe", section: attach.kind, type: "kprobe", attach, attachType: null },
  ...{ sectionIndex: 1, offset: 0, size: 16, autoload: true, sleepable: false, frags: false, btfId: null },
});

/** `config` of the perf event that is opened. */
function configOf(target: AttachTargets["uprobe"], isReturn: boolean): bigint | undefined {
  let config: bigint | undefined;
  const sys = new FakeSys({
    files,
    perfEventOpen: (attr) => {
      config = attr.getBigUint64(8, true);
      return undefined;
    },
  });
  const kind: AttachKind = { kind: "uprobe", path, function: null, offset: 8, return: isReturn };
  attachProgram({ sys, program: program(kind), fd: 7, usdtSpecs: null }, target);
  return config;
}

test("the counter that the kernel keeps for a probe is in the upper half of the event's configuration", () => {
  expect(configOf({}, true)).toBe(1n);
  expect(configOf({ refCtrOffset: 0x1234 }, false)).toBe(0x1234n << 32n);
  expect(configOf({ refCtrOffset: 0xffff_ffff }, true)).toBe((0xffff_ffffn << 32n) | 1n);
});

test.each([-1, 1.5, 2 ** 32])("a counter at %d is refused", (refCtrOffset) => {
  expect(() => configOf({ refCtrOffset }, false)).toThrow(expect.objectContaining({ code: "out-of-range", place: { type: "probe" } }));
});

test("of many functions each has its counter", () => {
  const libc = readTarget(linuxSys(), "libc.so.6");
  const kind: AttachKind = { kind: "uprobe_multi", path: libc.path, pattern: null, return: false, session: false };
  const attach = (refCtrOffsets: readonly bigint[]): FakeSys => {
    const sys = new FakeSys({ files: { [libc.path]: libc.bytes } });
    attachProgram({ sys, program: program(kind), fd: 7, usdtSpecs: null }, { functions: ["getuid", "getgid"], refCtrOffsets });
    return sys;
  };
  const sys = attach([0x1_0000_0000n, 2n]);
  const link = sys.calls.find((call) => call.command === command.linkCreate)?.attr;
  const counters = sys.at(link?.getBigUint64(32, true) ?? 0n);
  expect(new BigUint64Array(counters.buffer, counters.byteOffset, 2)).toEqual(BigUint64Array.of(0x1_0000_0000n, 2n));
  expect(() => attach([1n])).toThrow("1 refCtrOffsets for 2 functions");
});
