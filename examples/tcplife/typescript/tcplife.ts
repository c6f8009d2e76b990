// tcplife [PORT]: every TCP connection that ends, or those from and to PORT.
import { ipv4Text, ipv6Text } from "@lbc/runtime";
import { type Address, Tcplife } from "./generated/tcplife.ts";

/** Negative widths are columns that begin at the left. */
const widths = [-7, -16, -16, -5, -16, -5, 9, 9, 7];
const line = (cells: readonly unknown[]): string => cells.map((cell, column) => pad(String(cell), widths[column] ?? 0)).join(" ");
const pad = (text: string, width: number): string => (width < 0 ? text.padEnd(-width) : text.padStart(width));
const ip = (address: Address, version: number): string => (version === 6 ? ipv6Text(address.v6) : ipv4Text(address.v4));

using skel = Tcplife.open({ rodata: { targetPort: Number(process.argv[2] ?? 0) } }).load();
skel.attach();
console.log(line(["PID", "COMM", "LOCAL", "PORT", "REMOTE", "PORT", "SENT", "RECEIVED", "MS"]));
for await (const e of skel.maps.events) {
  const [local, remote] = [ip(e.local, e.version), ip(e.remote, e.version)];
  const milliseconds = (Number(e.microseconds) / 1000).toFixed(1);
  console.log(line([e.pid, e.comm, local, e.localPort, remote, e.remotePort, e.sent, e.received, milliseconds]));
}
