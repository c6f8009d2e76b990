import type { ProgramType } from "@lbc/core/object";
import { expect, test } from "vitest";
import { command } from "../bpf/commands.ts";
import { FakeSys } from "../sys/fake.test.support.ts";
import { type TestRunInput, type TestRunResult, testRun } from "./test-run.ts";

const EINVAL = -22;

function run(type: ProgramType, input: TestRunInput, result = 0): { readonly attr: DataView; readonly result: TestRunResult } {
  const sys = new FakeSys({ bpf: () => result });
  const given = testRun(sys, { name: "prog", type, fd: 7 }, input);
  const attr = sys.calls.find((call) => call.command === command.programTestRun)?.attr ?? new DataView(new ArrayBuffer(80));
  return { attr, result: given };
}

/** `flags`, `cpu` and `batch_size` of union bpf_attr. */
const options = (attr: DataView): readonly number[] => [64, 68, 72].map((offset) => attr.getUint32(offset, true));
const sizes = (attr: DataView): readonly number[] => [8, 12, 40, 44].map((offset) => attr.getUint32(offset, true));

test.each<[ProgramType, TestRunInput, readonly number[]]>([
  ["xdp", {}, [0, 0, 0]],
  ["raw_tracepoint", { cpu: 0 }, [1, 0, 0]],
  ["raw_tracepoint", { cpu: 3 }, [1, 3, 0]],
  ["xdp", { liveFrames: true, batchSize: 16 }, [2, 0, 16]],
  ["sched_cls", { flags: 4 }, [4, 0, 0]],
])("a run of %s with %j has flags, CPU and batch size %j", (type, input, expected) => {
  expect(options(run(type, input).attr)).toEqual(expected);
});

test("live frames come back to nobody, so there is no room for them", () => {
  const packet = { data: new Uint8Array(64), context: new Uint8Array(24) };
  expect(sizes(run("xdp", packet).attr)).toEqual([64, 320, 24, 24]);
  expect(sizes(run("xdp", { ...packet, liveFrames: true }).attr)).toEqual([64, 0, 24, 0]);
});

test("a type that changes its context in place gives back a copy, and leaves the caller's alone", () => {
  const context = Uint8Array.of(1, 2, 3);
  const { attr, result } = run("syscall", { context });
  expect(sizes(attr)).toEqual([0, 0, 3, 0]);
  expect(result.context).toEqual(context);
  expect(result.context).not.toBe(context);
});

test.each(["cpu", "repeat", "batchSize"])("%s that is no number of 32 bits is refused by name", (what) => {
  for (const value of [-1, 0.5, 2 ** 32, Number.NaN]) {
    expect(() => run("xdp", { [what]: value })).toThrow(
      expect.objectContaining({ code: "out-of-range", message: expect.stringContaining(what) }),
    );
  }
});

test.each<[TestRunInput, string]>([
  [{ cpu: 1 }, "raw tracepoints"],
  [{ liveFrames: true }, "XDP"],
  [{ batchSize: 1000 }, "256"],
])("a kernel that refuses %j is told to mean something of %j", (input, words) => {
  expect(() => run("sched_cls", input, EINVAL)).toThrow(
    expect.objectContaining({ code: "test-run-failed", hint: expect.stringContaining(words) }),
  );
});
