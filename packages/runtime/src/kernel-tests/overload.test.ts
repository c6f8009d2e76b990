import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
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
let producer: ChildProcess | null = null;
beforeEach(() => {
  loaded = openFixture("maps").load();
});
afterEach(() => {
  producer?.kill();
  loaded.close();
});

const counter = (at: number): number => Number(loaded.section(".bss").view.getBigUint64(at, true));
const produced = (): number => counter(0);
const dropped = (): number => counter(8);

/** Runs a program without end in another process; what it is told is done once the promise resolves. */
function flood(program: string): (order: Order) => Promise<void> {
  const id = /^prog_id:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${loaded.program(program).fd}`, "utf8"))?.[1] ?? "";
  const child = fork(fileURLToPath(new URL("producer.ts", import.meta.url)), [id], { execArgv: ["--conditions=@lbc/source"] });
  producer = child;
  return async (order) => {
    child.send(order);
    await once(child, "message");
  };
}

/** Nobody reads yet: a fast reader alone could keep up with the producer, and nothing would be lost. */
async function firstLosses(): Promise<void> {
  for (const end = performance.now() + 60_000; dropped() === 0; await delay(1)) {
    if (performance.now() > end) throw new Error("nothing is lost: this is no overload");
  }
}

/** How the event loop and the memory fare until it is asked. */
function watch(): () => { readonly longestGap: number; readonly ticks: number; readonly grownMegabytes: number } {
  const gaps: number[] = [];
  const begun = performance.now();
  let last = begun;
  let settled: number | null = null;
  const timer = setInterval(() => {
    const now = performance.now();
    gaps.push(now - last);
    last = now;
    // What the first fifth of the time needs (compiled code, the young heap) stays.
    if (settled === null && now - begun > (seconds * 1000) / 5) settled = process.memoryUsage().rss;
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
    { timeout: (seconds + 120) * 1000 },
    async (_, __, program, open, consume) => {
      const stream = open();
      const order = flood(program);
      await firstLosses();
      const abort = new AbortController();
      let consumed = 0;
      let last = -1;
      let inOrder = true;
      const report = watch();
      const consuming = consume(stream, abort.signal, (seq) => {
        consumed++;
        inOrder &&= seq > last;
        last = seq;
      });
      await delay(seconds * 1000);
      const health = report();
      await order("stop");
      abort.abort();
      await consuming;
      expect(consumed).toBeGreaterThan(0);
      consumed += stream.drain(() => undefined);
      expect(consumed + dropped()).toBe(produced());
      expect(inOrder).toBe(true);
      // The kernel tells of the last losses with the next event.
      await order("once more");
      expect(stream.drain(() => undefined)).toBe(1);
      if (stream instanceof PerfEventArray) expect(stream.lost).toBe(dropped());
      expect(health.grownMegabytes).toBeLessThan(64);
      // Timers are late on a slow machine, but run all along.
      expect(health.ticks).toBeGreaterThan(10);
      expect(health.longestGap).toBeLessThan((seconds * 1000) / 2);
    },
  );
});
