import { afterEach, beforeEach, expect, test } from "vitest";
import type { LoadedObject } from "../index.ts";
import { onlineCpus } from "../kernel/cpus.ts";
import { linuxSys } from "../sys/linux.ts";
import { openFixture, packet } from "./fixtures.test.support.ts";
import { kernelBefore, skipFor } from "./needs.test.support.ts";

/** `enum hook` of attach.bpf.c. */
const hooks = { rawTracepoint: 1, xdp: 6 };
let loaded: LoadedObject;
beforeEach(() => {
  loaded = openFixture("attach").load();
});
afterEach(() => loaded.close());

const hits = (hook: number): number => Number(loaded.section(".bss").view.getBigUint64(8 * hook, true));

test("a raw tracepoint's program runs on the CPU that is chosen, which has to be there", () => {
  const program = loaded.program("on_raw_tracepoint");
  const context = new Uint8Array(16);
  const cpus = onlineCpus(linuxSys());
  for (const cpu of cpus) expect(program.testRun({ context, cpu }).returnValue).toBe(0);
  expect(hits(hooks.rawTracepoint)).toBe(cpus.length);
  expect(() => program.testRun({ context, cpu: 1_000_000 })).toThrow(expect.objectContaining({ code: "test-run-failed", errno: "ENXIO" }));
});

test("XDP programs get live frames, in batches, and nothing of them comes back", ({ skip }) => {
  skipFor(skip, kernelBefore("5.18"));
  const program = loaded.program("on_xdp");
  // One that it drops: the others would go to the loopback device.
  const dropped = packet.slice().fill(0xff, 0, 1);
  const { data, context } = program.testRun({ data: dropped, liveFrames: true, repeat: 100, batchSize: 16 });
  expect([data.length, context.length, hits(hooks.xdp)]).toEqual([0, 0, 100]);
  const refused = expect.objectContaining({ code: "test-run-failed", errno: "EINVAL", hint: expect.stringContaining("live frames") });
  expect(() => program.testRun({ data: packet, batchSize: 16 })).toThrow(refused);
  expect(() => loaded.program("on_packet").testRun({ data: packet, liveFrames: true })).toThrow(refused);
});
