import { mapTypes, programTypes } from "@lbc/core/object";
import { expect, test } from "vitest";
import { command } from "../bpf/commands.ts";
import { FakeSys, type FakeSystem } from "../sys/fake.test.support.ts";
import { probeKernel } from "./probe.ts";

const [EPERM, EINVAL, ENOTSUPP] = [-1, -22, -524];
const ringbuf = mapTypes.indexOf("ringbuf");
const xdp = programTypes.indexOf("xdp");
const [known, forOthers, unknown] = [1, 2, 3];
const call = 0x85;

/** A kernel whose newest map is the ring buffer, and which has XDP programs and no later ones. */
const answer: FakeSystem["bpf"] = (asked, attr, sys) => {
  const type = attr.getUint32(0, true);
  if (asked === command.mapCreate) {
    if (type === mapTypes.indexOf("struct_ops")) return ENOTSUPP;
    return type > ringbuf ? EINVAL : undefined;
  }
  if (asked !== command.programLoad) return undefined;
  if (type > xdp) return EINVAL;
  const [opcode, , , , helper] = sys.at(attr.getBigUint64(8, true));
  if (opcode !== call || helper === known) return undefined;
  const said = helper === forOthers ? "program of this type cannot use helper" : "invalid func unknown";
  sys.at(attr.getBigUint64(32, true)).set(new TextEncoder().encode(`${said} bpf_probe#${helper}\n`));
  return EINVAL;
};

test("a kernel is told by what it takes, and everything is closed again", () => {
  const sys = new FakeSys({ bpf: answer });
  const features = probeKernel([known, forOthers, unknown], sys);
  expect([...features.mapTypes]).toEqual(mapTypes.slice(1, ringbuf + 1));
  expect([...features.programTypes]).toEqual(programTypes.slice(1, xdp + 1));
  expect(features.helpers.get("xdp")).toEqual(new Set([known]));
  expect(features.btf.floats).toBe(true);
  expect(sys.openFds).toEqual(new Set());
});

test("a helper that fails for its arguments is one that the kernel knows", () => {
  const sys = new FakeSys({
    bpf: (asked, attr, system) => {
      if (asked !== command.programLoad || system.at(attr.getBigUint64(8, true))[0] !== call) return undefined;
      system.at(attr.getBigUint64(32, true)).set(new TextEncoder().encode("R1 !read_ok\n"));
      return EINVAL;
    },
  });
  expect(probeKernel([known], sys).helpers.get("kprobe")).toEqual(new Set([known]));
});

test("an old kernel, which counts maps as locked memory, is given room", () => {
  const sys = new FakeSys({ release: "5.10.0", bpf: answer });
  probeKernel([], sys);
  expect(sys.memoryLimitLifted).toBe(true);
});

test("without permission nothing is known, and that is an error", () => {
  const sys = new FakeSys({ bpf: () => EPERM });
  expect(() => probeKernel([], sys)).toThrow(expect.objectContaining({ code: "no-permission" }));
});
