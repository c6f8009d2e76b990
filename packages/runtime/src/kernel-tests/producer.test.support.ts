/** A thread of its own that runs a program as fast as it can, always on the same CPU. Its parent is `overload.test.ts`. */
import { parentPort, workerData } from "node:worker_threads";
import koffi from "koffi";
import { testRun } from "../load/test-run.ts";
import { linuxSys } from "../sys/linux.ts";

/** `fd` of the program, `packet` for it, and a flag that ends the flood. */
export interface ProducerData {
  readonly fd: number;
  readonly packet: Uint8Array;
  readonly stop: Int32Array;
}

const burst = 1000;
const { fd, packet, stop } = workerData as ProducerData;
const run = (repeat: number): void => void testRun(linuxSys(), "producer", fd, { data: packet, repeat });

const setAffinity = koffi.load(null).func("int sched_setaffinity(int thread, size_t size, const void *cpus)");
setAffinity(0, 8, new Uint8Array([1, 0, 0, 0, 0, 0, 0, 0]));
while (Atomics.load(stop, 0) === 0) run(burst);
parentPort?.postMessage("stopped");
parentPort?.on("message", (count: number) => {
  run(count);
  parentPort?.postMessage("done");
  parentPort?.close();
});
