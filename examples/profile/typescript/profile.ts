// profile [PID]: the stacks that CPUs run, all or those of the process PID, folded, until Ctrl-C.
import { setTimeout } from "node:timers/promises";
import { StackTraces } from "@lbc/runtime";
import { type AddressSymbol, Symbolizer } from "@lbc/runtime/symbols";
import { Profile } from "./generated/profile.ts";

const stop = new AbortController();
process.once("SIGINT", () => stop.abort());
const forever = 2 ** 31 - 1;

using skel = Profile.open({ rodata: { targetPid: Number(process.argv[2] ?? 0) } }).load();
skel.programs.onClock.attach({ frequency: 99 });
console.error("tracing 99 times a second, Ctrl-C ends it");
await setTimeout(forever, null, { signal: stop.signal }).catch(() => {});

const symbolizer = new Symbolizer();
const stacks = new StackTraces(skel.object.map("stacks"));
/** The functions of a stack from the outside in. */
const folded = (stack: AddressSymbol[]): string[] => stack.map(({ name }) => name ?? "[unknown]").reverse();

for (const [{ comm, pid, userStack, kernelStack }, count] of skel.maps.counts) {
  const user = symbolizer.user(pid, stacks.get(userStack) ?? []);
  const kernel = symbolizer.kernel(stacks.get(kernelStack) ?? []);
  console.log([comm, ...folded(user), ...folded(kernel)].join(";"), Number(count));
}
