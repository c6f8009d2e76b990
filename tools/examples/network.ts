import { createSocket } from "node:dgram";
import { once } from "node:events";
import { execa } from "execa";

/** A network namespace that a pair of interfaces joins to this one. */
export interface Network extends AsyncDisposable {
  readonly namespace: string;
  /** This end: its name, and its address. */
  readonly name: string;
  readonly address: string;
  /** Addresses of the other end. */
  readonly peers: readonly [string, string];
}

const ip = async (...words: readonly string[]): Promise<void> => {
  await execa("ip", words, { stdin: "ignore" });
};

/** @see ip-netns(8), veth(4) */
export async function network(): Promise<Network> {
  const namespace = `lbc-examples-${process.pid}`;
  const [near, far] = [`lbc${process.pid}a`, `lbc${process.pid}b`];
  // Addresses for benchmarks of devices, which no network routes: RFC 2544.
  const [address, ...peers] = ["198.18.90.1", "198.18.90.2", "198.18.90.3"] as const;
  await ip("netns", "add", namespace);
  try {
    await ip("link", "add", near, "type", "veth", "peer", "name", far, "netns", namespace);
    await ip("addr", "add", `${address}/24`, "dev", near);
    await ip("link", "set", near, "up");
    for (const peer of peers) await ip("-n", namespace, "addr", "add", `${peer}/24`, "dev", far);
    await ip("-n", namespace, "link", "set", far, "up");
  } catch (error) {
    await ip("netns", "delete", namespace);
    throw error;
  }
  // The pair of interfaces goes with the namespace.
  return { namespace, name: near, address, peers, [Symbol.asyncDispose]: () => ip("netns", "delete", namespace) };
}

/** Sends a datagram some times, one after the other, from an address of its own or any. */
export async function sendDatagrams(text: string, times: number, target: { port: number; address: string; from?: string }): Promise<void> {
  const socket = createSocket("udp4");
  await once(socket.bind(0, target.from), "listening");
  for (let left = times; left > 0; left--) {
    await new Promise<void>((sent, failed) =>
      socket.send(text, target.port, target.address, (error) => (error === null ? sent() : failed(error))),
    );
  }
  socket.close();
}
