// runqlat [PID]: how long threads wait for a CPU, all of them or those of the process PID, until Ctrl-C.
import { setTimeout } from "node:timers/promises";
import { histogramText } from "@lbc/runtime/histogram";
import { Runqlat } from "./generated/runqlat.ts";

const stop = new AbortController();
process.once("SIGINT", () => stop.abort());
const forever = 2 ** 31 - 1;

using skel = Runqlat.open({ rodata: { targetPid: Number(process.argv[2] ?? 0) } }).load();
skel.attach();
console.error("tracing waits for a CPU, Ctrl-C ends it");
await setTimeout(forever, null, { signal: stop.signal }).catch(() => {});

console.log(histogramText([...skel.maps.latency.values()], "log2", { unit: "usecs" }));
for (const [cpu, { count, nanoseconds }] of skel.maps.cpus.get(0).entries()) {
  console.log(`CPU ${cpu}: ${count} waits, ${nanoseconds / 1000n} us`);
}
