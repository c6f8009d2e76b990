/**
 * `node producer.ts PROGRAM_ID`: a process of its own that runs a loaded program as fast as it can, always on the same CPU, until it is
 * told to stop; then once more each time it is told so, until its parent lets go of it. Its parent is `overload.test.ts`.
 */
import { setImmediate } from "node:timers/promises";
import koffi from "koffi";
import { Attr } from "../bpf/attr.ts";
import { command } from "../bpf/commands.ts";
import { testRun } from "../load/test-run.ts";
import { linuxSys } from "../sys/linux.ts";
import { packet } from "./fixtures.test.support.ts";

export type Order = "stop" | "once more";

const burst = 1000;
const sys = linuxSys();
const fd = sys.bpf(command.programFdById, new Attr(sys, 12).u32(0, Number(process.argv[2])).bytes);
const run = (repeat: number): void => void testRun(sys, { name: "producer", type: "socket_filter", fd }, { data: packet, repeat });

koffi.load(null).func("int sched_setaffinity(int thread, size_t size, const void *cpus)")(0, 8, new Uint8Array([1, 0, 0, 0, 0, 0, 0, 0]));
let flooding = true;
process.on("message", (order: Order) => {
  flooding = false;
  if (order === "once more") run(1);
  process.send?.("done");
});
// Orders come, and native memory goes back, in the event loop's turns.
while (flooding) {
  run(burst);
  await setImmediate();
}
