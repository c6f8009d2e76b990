import { createSocket } from "node:dgram";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { helper } from "./helper.ts";
import { network, sendDatagrams } from "./network.ts";
import type { Check, Tool } from "./tool.ts";

/** Datagrams by who sent them. */
type Counts = Readonly<Record<string, number>>;

const allowed = 30;
const refused = 20;

/** Two addresses send datagrams over a wire, the second of which is blocked at its other end. */
export const xdpdrop: Tool = {
  name: "xdpdrop",
  prints: "report",
  prepare: async () => {
    await using cleanup = new AsyncDisposableStack();
    const wire = cleanup.use(await network());
    const received: Record<string, number> = {};
    const receiver = createSocket("udp4", (_, { address }) => {
      received[address] = (received[address] ?? 0) + 1;
    });
    cleanup.defer(() => void receiver.close());
    await once(receiver.bind(0, wire.address), "listening");
    const target = [wire.address, receiver.address().port, ...wire.peers].join(" ");
    const sender = await helper<null>(fileURLToPath(import.meta.url), target, wire.namespace);
    cleanup.defer(() => sender.end());
    const resources = cleanup.move();
    return {
      args: [wire.name, wire.peers[1]],
      run: async () => {
        await sender.go();
        for (let tries = 0; tries < 50 && received[wire.peers[0]] !== allowed; tries++) await delay(20);
        return check(wire.peers, received);
      },
      [Symbol.asyncDispose]: () => resources.disposeAsync(),
    };
  },
};

/** Of lines as `SOURCE PASSED DROPPED`. */
export const check =
  ([good, bad]: readonly [string, string], received: Counts): Check =>
  (output) => {
    const seen = new Map(
      [...output.matchAll(/^([\d.]+) +(\d+ +\d+)$/gm)].map(([, source, counts = ""]) => [source, counts.replace(/ +/, " ")]),
    );
    const problems: string[] = [];
    if (received[good] !== allowed) problems.push(`${received[good] ?? 0} of ${allowed} datagrams arrived from ${good}`);
    if (received[bad] !== undefined) problems.push(`${received[bad]} datagrams arrived from ${bad}, which is blocked`);
    if (seen.get(good) !== `${allowed} 0`) problems.push(`${good}: ${seen.get(good) ?? "not shown"}, it sent ${allowed}`);
    if (seen.get(bad) !== `0 ${refused}`) problems.push(`${bad}: ${seen.get(bad) ?? "not shown"}, it sent ${refused} and is blocked`);
    return problems;
  };

helper.serve(import.meta.url, async (argument) => {
  const [address = "", port, good = "", bad = ""] = argument.split(" ");
  await sendDatagrams("allowed", allowed, { port: Number(port), address, from: good });
  await sendDatagrams("refused", refused, { port: Number(port), address, from: bad });
  return null;
});
