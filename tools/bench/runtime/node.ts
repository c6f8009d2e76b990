/** `node node.ts events|maps|load OBJECT`: @lbc/runtime as a peer. See peer.ts for what it prints. */
import { readFileSync } from "node:fs";
import { type Codec, KeyedMap, type LoadedObject, OpenObject, RingBuffer, scalars } from "@lbc/runtime";
import { bareUpdate } from "./node-koffi.ts";
import type { Line } from "./peer.ts";

const rounds = 10;
const eventsPerRound = 200_000;
const entries = 10_000;
const loads = 20;

interface Event {
  readonly number: bigint;
  readonly time: bigint;
  readonly pid: number;
  readonly cpu: number;
  readonly result: number;
  readonly flags: number;
}

/** As `lbc gen` writes it. */
const event: Codec<Event> = {
  size: 32,
  decode: (view, offset): Event => ({
    number: view.getBigUint64(offset, true),
    time: view.getBigUint64(offset + 8, true),
    pid: view.getUint32(offset + 16, true),
    cpu: view.getUint32(offset + 20, true),
    result: view.getInt32(offset + 24, true),
    flags: view.getUint32(offset + 28, true),
  }),
  encode: () => undefined,
};

const sumOf = ({ number, time, pid, cpu, result, flags }: Event): number => Number(number) + Number(time) + pid + cpu + result + flags;

const print = (line: Line): void => console.log(JSON.stringify(line));

/** Runs a function and tells how long it took, in nanoseconds. */
async function timed(run: () => void | Promise<void>): Promise<number> {
  const started = process.hrtime.bigint();
  await run();
  return Number(process.hrtime.bigint() - started);
}

/** Reads as many events as one round has, and gives their sum. */
type Drain = (ring: RingBuffer<Event>) => Promise<number>;

const drains: Readonly<Record<string, Drain>> = {
  "single events": async (ring) => {
    let sum = 0;
    let count = 0;
    for await (const each of ring) {
      sum += sumOf(each);
      if (++count === eventsPerRound) break;
    }
    return sum;
  },
  batches: async (ring) => {
    let sum = 0;
    let count = 0;
    for await (const { length, view, offsets } of ring.batches()) {
      for (let index = 0; index < length; index++) {
        const at = offsets[index] ?? 0;
        const number = view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32;
        const time = view.getUint32(at + 8, true) + view.getUint32(at + 12, true) * 2 ** 32;
        sum += number + time + view.getUint32(at + 16, true) + view.getUint32(at + 20, true);
        sum += view.getInt32(at + 24, true) + view.getUint32(at + 28, true);
      }
      count += length;
      if (count === eventsPerRound) break;
    }
    return sum;
  },
  "batches of objects": async (ring) => {
    let sum = 0;
    let count = 0;
    for await (const batch of ring.batches()) {
      batch.forEach((each) => {
        sum += sumOf(each);
      });
      count += batch.length;
      if (count === eventsPerRound) break;
    }
    return sum;
  },
};

/** On an object of its own, so that each way sees the same numbers. */
async function drained(path: string, drain: Drain, times: number): Promise<{ readonly sum: number; readonly nanoseconds: number }> {
  using loaded = OpenObject.open(readFileSync(path)).load();
  using ring = new RingBuffer(loaded.map("events"), event);
  let sum = 0;
  let nanoseconds = 0;
  for (let round = 0; round < times; round++) {
    loaded.program("fill").testRun({ data: new Uint8Array(64), repeat: eventsPerRound });
    nanoseconds += await timed(async () => {
      sum += await drain(ring);
    });
  }
  return { sum, nanoseconds };
}

async function events(path: string): Promise<void> {
  for (const [measure, drain] of Object.entries(drains)) {
    await drained(path, drain, 1);
    print({ measure, count: rounds * eventsPerRound, ...(await drained(path, drain, rounds)) });
  }
}

/** Once more than is timed: V8 compiles what runs often, and a C compiler has done so before. */
async function timedWarm(run: () => void): Promise<number> {
  run();
  return timed(run);
}

async function maps(loaded: LoadedObject): Promise<void> {
  const { u32, u64 } = scalars("little");
  const counts = new KeyedMap(loaded.map("counts"), u32, u64);
  const count = rounds * entries;
  let sum = 0;
  const bare = bareUpdate(loaded.map("counts").fd);
  const call = await timedWarm(() => {
    for (let round = 0; round < rounds; round++) for (let key = 0; key < entries; key++) bare(key, key + round);
  });
  print({ measure: "update, koffi alone", count, nanoseconds: call, sum });
  const values = Array.from({ length: rounds }, (_, round) => Array.from({ length: entries }, (_, key) => BigInt(key + round)));
  const update = await timedWarm(() => {
    for (const row of values) for (let key = 0; key < entries; key++) counts.set(key, row[key] ?? 0n);
  });
  print({ measure: "update", count, nanoseconds: update, sum });
  const fromNumbers = await timedWarm(() => {
    for (let round = 0; round < rounds; round++) for (let key = 0; key < entries; key++) counts.set(key, BigInt(key + round));
  });
  print({ measure: "update, new BigInt", count, nanoseconds: fromNumbers, sum });
  const lookup = await timedWarm(() => {
    sum = 0;
    for (let round = 0; round < rounds; round++) for (let key = 0; key < entries; key++) sum += Number(counts.get(key));
  });
  print({ measure: "lookup", count, nanoseconds: lookup, sum });
  const all = Array.from({ length: entries }, (_, key): [number, bigint] => [key, BigInt(key)]);
  const batchUpdate = await timedWarm(() => {
    for (let round = 0; round < rounds; round++) counts.setAll(all);
  });
  print({ measure: "batch update", count, nanoseconds: batchUpdate, sum: 0 });
  const batchLookup = await timedWarm(() => {
    sum = 0;
    for (let round = 0; round < rounds; round++) for (const [key, value] of counts.readAll()) sum += key + Number(value);
  });
  print({ measure: "batch lookup", count, nanoseconds: batchLookup, sum });
}

async function load(path: string): Promise<void> {
  const once = (): void => {
    using loaded = OpenObject.open(readFileSync(path)).load();
    loaded.attach();
  };
  print({ measure: "first load", count: 1, nanoseconds: await timed(once), sum: 0 });
  const again = await timed(() => {
    for (let count = 0; count < loads; count++) once();
  });
  print({ measure: "load again", count: loads, nanoseconds: again, sum: 0 });
}

const [subject, path = ""] = process.argv.slice(2);
if (subject === "events") await events(path);
else if (subject === "load") await load(path);
else {
  using loaded = OpenObject.open(readFileSync(path)).load();
  await maps(loaded);
}
