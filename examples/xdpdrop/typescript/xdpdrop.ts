// xdpdrop INTERFACE [ADDRESS]...: drops what the addresses send, and counts packets by source, until Ctrl-C.
import { setTimeout } from "node:timers/promises";
import { ipv4Text } from "@lbc/runtime";
import { Xdpdrop } from "./generated/xdpdrop.ts";

const [name, ...addresses] = process.argv.slice(2);
if (name === undefined) throw new Error("usage: xdpdrop INTERFACE [ADDRESS]...");
const stop = new AbortController();
process.once("SIGINT", () => stop.abort());
const forever = 2 ** 31 - 1;
/** In the order of the bytes on the wire, as the kernel holds it. */
const ipv4Of = (text: string): number => new Uint32Array(Uint8Array.from(text.split(".").map(Number)).buffer)[0] ?? 0;
const line = (source: string, passed: unknown, dropped: unknown): string =>
  `${source.padEnd(16)}${String(passed).padStart(10)}${String(dropped).padStart(10)}`;

using skel = Xdpdrop.open().load();
for (const address of addresses) skel.maps.blocked.set(ipv4Of(address), 1);
skel.programs.filter.attach({ interface: name });
console.error("tracing packets, Ctrl-C ends it");
await setTimeout(forever, null, { signal: stop.signal }).catch(() => {});

console.log(line("SOURCE", "PASSED", "DROPPED"));
for (const [source, { passed, dropped }] of skel.maps.sources) console.log(line(ipv4Text(source), passed, dropped));
