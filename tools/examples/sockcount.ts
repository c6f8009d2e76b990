import { once } from "node:events";
import { readFileSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { helper } from "./helper.ts";
import { network, sendDatagrams } from "./network.ts";
import type { Check, Tool } from "./tool.ts";

/** Packets that a network namespace sent, as the kernel counts them there. */
interface Sent {
  readonly tcp: number;
  readonly udp: number;
}

const payload = "datagram".repeat(10);
const datagrams = 25;
/** Ethernet, IPv4 and UDP. */
const headers = 14 + 20 + 8;

/** A process in a network namespace sends datagrams and talks over a connection; the tool looks at the other end of the wire. */
export const sockcount: Tool = {
  name: "sockcount",
  prints: "report",
  prepare: async () => {
    await using cleanup = new AsyncDisposableStack();
    const wire = cleanup.use(await network());
    const server = createServer((socket) => void socket.end("answer"));
    await once(server.listen(0, wire.address), "listening");
    cleanup.defer(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const sender = await helper<Sent>(fileURLToPath(import.meta.url), `${wire.address} ${port}`, wire.namespace);
    cleanup.defer(() => sender.end());
    const resources = cleanup.move();
    return { args: [wire.name], run: async () => check(await sender.go()), [Symbol.asyncDispose]: () => resources.disposeAsync() };
  },
};

/** Of lines as `PROTOCOL NAME PACKETS BYTES`. */
export const check =
  ({ tcp, udp }: Sent): Check =>
  (output) => {
    const seen = new Map(
      [...output.matchAll(/^ +(\d+) (\S*) +(\d+) +(\d+)$/gm)].map(([, , name, packets, bytes]) => [name, { packets, bytes }]),
    );
    const problems: string[] = [];
    if (seen.get("tcp")?.packets !== String(tcp)) problems.push(`${seen.get("tcp")?.packets ?? "no"} TCP packets, ${tcp} were sent`);
    if (seen.get("udp")?.packets !== String(udp)) problems.push(`${seen.get("udp")?.packets ?? "no"} UDP packets, ${udp} were sent`);
    const bytes = udp * (headers + payload.length);
    if (seen.get("udp")?.bytes !== String(bytes)) problems.push(`${seen.get("udp")?.bytes ?? "no"} bytes of UDP, ${bytes} were sent`);
    return problems;
  };

/** The columns of a protocol's counters have their names in the line above. @see proc_net_snmp(5) */
function counter(protocol: string, name: string): number {
  const [names = [], values = []] = readFileSync("/proc/net/snmp", "utf8")
    .split("\n")
    .filter((line) => line.startsWith(`${protocol}:`))
    .map((line) => line.split(" "));
  return Number(values[names.indexOf(name)]);
}

const sent = (): Sent => ({
  tcp: counter("Tcp", "OutSegs") + counter("Tcp", "RetransSegs"),
  udp: counter("Udp", "OutDatagrams"),
});

helper.serve(import.meta.url, async (argument) => {
  const [address = "", port] = argument.split(" ");
  const before = sent();
  await sendDatagrams(payload, datagrams, { port: Number(port), address });
  const connection = connect(Number(port), address);
  await text(connection.end("question"));
  if (!connection.closed) await once(connection, "close");
  const after = sent();
  return { tcp: after.tcp - before.tcp, udp: after.udp - before.udp };
});
