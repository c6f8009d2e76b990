// sockcount INTERFACE: the packets that arrive at it, by protocol, until Ctrl-C.
import { setTimeout } from "node:timers/promises";
import { PacketSocket } from "@lbc/runtime";
import { Sockcount } from "./generated/sockcount.ts";

const names: Readonly<Record<number, string>> = { 1: "icmp", 6: "tcp", 17: "udp", 58: "ipv6-icmp" };
const line = (protocol: unknown, name: string, packets: unknown, bytes: unknown): string =>
  `${String(protocol).padStart(8)} ${name.padEnd(12)}${String(packets).padStart(10)}${String(bytes).padStart(12)}`;
const stop = new AbortController();
process.once("SIGINT", () => stop.abort());
const forever = 2 ** 31 - 1;

using socket = PacketSocket.open(process.argv[2] ?? "lo");
using skel = Sockcount.open().load();
skel.programs.onPacket.attach({ socket: socket.fd });
console.error("tracing packets, Ctrl-C ends it");
await setTimeout(forever, null, { signal: stop.signal }).catch(() => {});

console.log(line("PROTOCOL", "", "PACKETS", "BYTES"));
for (const [protocol, cpus] of skel.maps.protocols) {
  const packets = cpus.reduce((sum, cpu) => sum + cpu.packets, 0n);
  const bytes = cpus.reduce((sum, cpu) => sum + cpu.octets, 0n);
  console.log(line(protocol, names[protocol] ?? "", packets, bytes));
}
