import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { buffer } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import type { Check, Tool } from "./tool.ts";

/** One end of a connection, as the process that has it knows it. */
interface End {
  readonly address: string;
  readonly localPort: number;
  readonly remotePort: number;
  readonly sent: number;
  readonly received: number;
}

const request = Buffer.alloc(5000, "request");
const response = Buffer.alloc(70_000, "response");
/** How long a connection is held open, in milliseconds. */
const held = 50;

/** Connections of this process with itself, over both versions of IP; the server closes after the client. */
export const tcplife: Tool = {
  name: "tcplife",
  prints: "events",
  prepare: async () => {
    const older = await listen("127.0.0.1", 0);
    const { port } = older.address() as AddressInfo;
    const newer = await listen("::1", port);
    return {
      args: [String(port)],
      run: async () => check(process.pid, [...(await ends("127.0.0.1", port)), ...(await ends("::1", port))]),
      [Symbol.asyncDispose]: async () => {
        await closed(older);
        await closed(newer);
      },
    };
  },
};

async function listen(address: string, port: number): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }, async (socket) => {
    await buffer(socket);
    socket.end(response);
  });
  await once(server.listen(port, address), "listening");
  return server;
}

const closed = (server: Server): Promise<void> => new Promise((resolve) => void server.close(() => resolve()));

async function ends(address: string, port: number): Promise<readonly End[]> {
  const socket: Socket = connect(port, address);
  await once(socket, "connect");
  const { localPort = 0 } = socket;
  await delay(held);
  socket.end(request);
  await buffer(socket);
  const client = { address, localPort, remotePort: port, sent: request.length, received: response.length };
  return [client, { address, localPort: port, remotePort: localPort, sent: response.length, received: request.length }];
}

/** Of lines as `PID COMM LOCAL PORT REMOTE PORT SENT RECEIVED MS`. */
export const check =
  (pid: number, expected: readonly End[]): Check =>
  (output) => {
    const seen = [...output.matchAll(/^(\d+) +.*? +(\S+) +(\d+) +(\S+) +(\d+) +(\d+) +(\d+) +([\d.]+)$/gm)];
    const lives = new Map(
      seen.map(([, of, local, from, remote, to, sent, received, time]) => [
        [of, local, from, remote, to, sent, received].join(" "),
        Number(time),
      ]),
    );
    const problems = lives.size > expected.length ? [`${lives.size} connections for ${expected.length}`] : [];
    for (const { address, localPort, remotePort, sent, received } of expected) {
      // The kernel counts a FIN as a byte that was received.
      const line = [pid, address, localPort, address, remotePort, sent, received + 1].join(" ");
      const time = lives.get(line);
      if (time === undefined) problems.push(`not shown: ${line}`);
      else if (time < held) problems.push(`${time} ms, it was held for ${held}: ${line}`);
    }
    return problems;
  };
