import { fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type EventStream, type LoadedObject, PerfEventArray, RingBuffer } from "../index.ts";
import { type Measurement, measurement, openFixture } from "./fixtures.test.support.ts";
import type { Order } from "./producer.ts";

/** `LBC_OVERLOAD_SECONDS=60` is the long set. */
const seconds = Number(process.env["LBC_OVERLOAD_SECONDS"] ?? 5);
const megabyte = 1 << 20;
const tick = 10;

let loaded: LoadedObject;
beforeEach(() => {
  loaded = openFixture("maps").load();
});
afterEach(() => loaded.close());

const counter = (at: number): number => Number(loaded.section(".bss").view.getBigUint64(at, true));
const produced = (): number => counter(0);
const dropped = (): number => counter(8);

interface Flood {
  /** Ends the flood, when what is under way is done. */
  stop(): Promise<void>;
  /** One more event on the same CPU. */
  onceMore(): Promise<void>;
}

function flood(program: string): Flood {
  const id = /^prog_id:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${loaded.program(program).fd}`, "utf8"))?.[1] ?? "";
  const producer = fork(fileURLToPath(new URL("producer.ts", import.meta.url)), [id], { execArgv: ["--conditions=@lbc/source"] });
  const order = async (what: Order): Promise<void> => {
    producer.send(what);
    await once(producer, "message");
  };
  return {
    stop: () => order("stop"),
    onceMore: async () => {
      await order("once more");
      producer.kill();
      await once(producer, "exit");
    },
  };
}

/** How the event loop and the memory fare until it is asked. */
function watch(): () => { readonly longestGap: number; readonly ticks: number; readonly grownMegabytes: number } {
  const gaps: number[] = [];
  let last = performance.now();
  let settled: number | null = null;
  const timer = setInterval(() => {
    const now = performance.now();
    gaps.push(now - last);
    last = now;
    // What the first second needs (compiled code, the young heap) stays.
    if (settled === null && gaps.length > 1000 / tick / 2) settled = process.memoryUsage().rss;
  }, tick);
  return () => {
    clearInterval(timer);
    const grown = process.memoryUsage().rss - (settled ?? 0);
    return { longestGap: Math.max(...gaps), ticks: gaps.length, grownMegabytes: grown / megabyte };
  };
}

type Consume = (stream: EventStream<Measurement>, signal: AbortSignal, seen: (seq: number) => void) => Promise<void>;

const consumers: readonly (readonly [string, Consume])[] = [
  [
    "single events",
    async (stream, signal, seen) => {
      for await (const { seq } of stream.events({ signal })) seen(seq);
    },
  ],
  [
    "batches",
    async (stream, signal, seen) => {
      for await (const { length, view, offsets } of stream.batches({ signal })) {
        for (let index = 0; index < length; index++) seen(view.getUint32(offsets[index] ?? 0, true));
      }
    },
  ],
];

const streams = [
  ["a ring buffer", "fill_ring", () => new RingBuffer(loaded.map("ring"), measurement)],
  ["perf buffers", "fill_perf", () => new PerfEventArray(loaded.map("perf"), measurement)],
] as const;

const combinations = streams.flatMap(([kind, program, open]) =>
  consumers.map(([what, consume]) => [what, kind, program, open, consume] as const),
);

describe(`more events than can be read, for ${seconds} s,`, () => {
  // parity: events.lost, events.bounded
  test.each(combinations)(
    "are delivered as %s of %s or counted as lost, in order, in bounded memory, while timers run",
    { timeout: (seconds + 30) * 1000 },
    async (_, __, program, open, consume) => {
      const stream = open();
      const abort = new AbortController();
      let consumed = 0;
      let last = -1;
      let inOrder = true;
      const consuming = consume(stream, abort.signal, (seq) => {
        consumed++;
        inOrder &&= seq > last;
        last = seq;
      });
      const report = watch();
      const source = flood(program);
      await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
      const health = report();
      await source.stop();
      abort.abort();
      await consuming;
      consumed += stream.drain(() => undefined);
      expect(produced()).toBeGreaterThan(100_000);
      expect(consumed + dropped()).toBe(produced());
      expect(inOrder).toBe(true);
      // The kernel tells of the last losses with the next event.
      await source.onceMore();
      expect(stream.drain(() => undefined)).toBe(1);
      if (stream instanceof PerfEventArray) expect(stream.lost).toBe(dropped());
      expect(health.grownMegabytes).toBeLessThan(64);
      expect(health.ticks).toBeGreaterThan((seconds * 1000) / tick / 10);
      expect(health.longestGap).toBeLessThan(1000);
    },
  );
});
