import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { bytes, type LoadedObject, MapHandle, type OpenObject, PerfEventArray, RingBuffer } from "../index.ts";
import { type Measurement, measurement, openFixture, packet } from "./fixtures.test.support.ts";

let loaded: LoadedObject;
let open: OpenObject;

beforeEach(() => {
  open = openFixture("maps");
  open.map("perf").pagesPerCpu = 1;
  loaded = open.load();
});
afterEach(() => loaded.close());

const produce = (program: string, repeat: number): void => void loaded.program(program).testRun({ data: packet, repeat });
const mapIdOf = (fd: number): string => /^map_id:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, "utf8"))?.[1] ?? "";
const dropped = (): number => Number(loaded.section(".bss").view.getBigUint64(8, true));
const counting = (from: number, count: number): number[] => Array.from({ length: count }, (_, index) => from + index);

describe("a ring buffer", () => {
  // parity: events.ring
  test("gives single events in order, as copies that stay what they were", async () => {
    const ring = new RingBuffer(loaded.map("ring"), measurement);
    produce("fill_ring", 100);
    const events: Measurement[] = [];
    for await (const event of ring) {
      events.push(event);
      if (events.length === 100) break;
    }
    expect(events.map(({ seq }) => seq)).toEqual(counting(0, 100));
    expect(events[99]).toEqual({ seq: 99, color: 5, comm: "sample" });
  });

  test("goes round and round without losing, doubling or mixing up an event", async () => {
    const ring = new RingBuffer(loaded.map("ring"), measurement);
    const seen: number[] = [];
    for (let round = 0; round < 20; round++) {
      produce("fill_ring", 777);
      ring.drain(({ seq }) => seen.push(seq));
    }
    expect(dropped()).toBe(0);
    expect(seen).toEqual(counting(0, 20 * 777));
  });

  test("that is full keeps what it has; the rest is the program's to count", () => {
    const ring = new RingBuffer(loaded.map("ring"), measurement);
    produce("fill_ring", 5000);
    const count = ring.drain(() => undefined);
    expect(count + dropped()).toBe(5000);
    expect(count).toBeGreaterThan(1000);
  });

  test("wakes a waiting loop, which does not block the event loop meanwhile", async () => {
    const ring = new RingBuffer(loaded.map("ring"), measurement);
    const iterator = ring.events();
    const first = iterator.next();
    let ticks = 0;
    const ticking = setInterval(() => ++ticks === 5 && produce("fill_ring", 1), 1);
    expect(await first).toMatchObject({ value: { seq: 0 } });
    clearInterval(ticking);
    await iterator.return?.();
  });

  test("gives batches whose views, offsets and sizes lie in mapped memory", async () => {
    const ring = new RingBuffer(loaded.map("ring"), measurement);
    produce("fill_ring", 1000);
    const seen: number[] = [];
    for await (const batch of ring.batches()) {
      expect(batch.sizes.subarray(0, batch.length).every((size) => size === 40)).toBe(true);
      for (let index = 0; index < batch.length; index++) seen.push(batch.view.getUint32(batch.offsets[index] ?? 0, true));
      expect(Array.from(batch, ({ seq }) => seq)).toEqual(seen.slice(-batch.length));
      expect(batch.at(0).comm).toBe("sample");
      expect(() => batch.at(batch.length)).toThrow(RangeError);
      if (seen.length >= 1000) break;
    }
    expect(seen).toEqual(counting(0, 1000));
  });

  test("takes a batch back at the next step, and its view when it is closed", async () => {
    const ring = new RingBuffer(loaded.map("ring"), measurement);
    produce("fill_ring", 10);
    const iterator = ring.batches();
    const { value: batch } = await iterator.next();
    const { view } = batch;
    await iterator.return?.();
    expect(() => batch.length).toThrow(expect.objectContaining({ code: "closed" }));
    ring.close();
    expect(() => view.getUint8(0)).toThrow(TypeError);
  });

  test("calls back with events and their sizes until the signal comes", async () => {
    const ring = new RingBuffer(loaded.map("ring"), measurement);
    const controller = new AbortController();
    produce("fill_ring", 3);
    const seen: [number, number][] = [];
    await ring.forEach(
      ({ seq }, size) => {
        seen.push([seq, size]);
        if (seq === 2) controller.abort();
      },
      { signal: controller.signal },
    );
    expect(seen).toEqual([
      [0, 40],
      [1, 40],
      [2, 40],
    ]);
  });

  test.each(["events", "batches"] as const)("ends a loop over %s on a signal, before or during a wait", async (what) => {
    const ring = new RingBuffer(loaded.map("ring"), measurement);
    const aborted = ring[what]({ signal: AbortSignal.abort() });
    expect(await aborted.next()).toEqual({ value: undefined, done: true });
    const waiting = ring[what]({ signal: AbortSignal.timeout(20) });
    expect(await waiting.next()).toEqual({ value: undefined, done: true });
    produce("fill_ring", 1);
    expect(await ring.events().next()).toMatchObject({ value: { seq: 0 } });
  });

  test("lets the last batch be whole when the signal comes while it is looked at, and hands it back", async () => {
    const ring = new RingBuffer(loaded.map("ring"), measurement);
    const abort = new AbortController();
    produce("fill_ring", 100);
    const seen: number[] = [];
    const step = ring.batches({ signal: abort.signal })[Symbol.asyncIterator]();
    const first = step.next();
    // Before who awaits the batch gets his turn.
    abort.abort();
    const { value } = await first;
    for (const { seq } of value) seen.push(seq);
    expect(seen).toEqual(counting(0, 100));
    expect(await step.next()).toEqual({ value: undefined, done: true });
    expect(() => value.length).toThrow(expect.objectContaining({ code: "closed" }));
    expect(ring.drain(() => undefined)).toBe(0);
  });

  // parity: events.stop
  test("ends every wait when the object is closed", async () => {
    const ring = new RingBuffer(loaded.map("ring"), measurement);
    const waiting = ring.events().next();
    setTimeout(() => loaded.close(), 20);
    expect(await waiting).toEqual({ value: undefined, done: true });
    expect(() => ring.events()).toThrow(expect.objectContaining({ code: "closed" }));
  });

  // parity: events.one-reader
  test("has one reader at a time, and goes on where the last one ended", async () => {
    const ring = new RingBuffer(loaded.map("ring"), measurement);
    produce("fill_ring", 10);
    const first = ring.events();
    await first.next();
    expect(() => ring.batches()).toThrow(expect.objectContaining({ code: "already-reading" }));
    await first.return?.();
    const rest: number[] = [];
    ring.drain(({ seq }) => rest.push(seq));
    expect(rest).toEqual(counting(1, 9));
  });

  describe("that another handle of the same map reads too", () => {
    /** As another process has it: nothing but the kernel's positions in common. */
    const elsewhere = (): MapHandle => MapHandle.byId(Number(mapIdOf(loaded.map("ring").fd)));
    const drained = (stream: RingBuffer<Measurement>): number[] => {
      const seen: number[] = [];
      stream.drain(({ seq }) => seen.push(seq));
      return seen;
    };

    test("between its own readings goes on where the other ended, however far", () => {
      using other = elsewhere();
      const [ours, theirs] = [new RingBuffer(loaded.map("ring"), measurement), new RingBuffer(other, measurement)];
      produce("fill_ring", 3);
      expect([drained(ours), drained(theirs)]).toEqual([[0, 1, 2], []]);
      for (let round = 0; round < 20; round++) {
        produce("fill_ring", 777);
        drained(theirs);
      }
      produce("fill_ring", 2);
      expect(drained(ours)).toEqual(counting(3 + 20 * 777, 2));
    });

    test("during its own reading gets an error, and an end behind it", async () => {
      using other = elsewhere();
      const [ours, theirs] = [new RingBuffer(loaded.map("ring"), measurement), new RingBuffer(other, measurement)];
      produce("fill_ring", 100);
      const refused = expect.objectContaining({ code: "already-reading" });
      const singles = ours.events();
      await singles.next();
      drained(theirs);
      await expect(singles.return?.()).rejects.toEqual(refused);
      const batches = ours.batches();
      produce("fill_ring", 1);
      await batches.next();
      drained(theirs);
      await expect(batches.next()).rejects.toEqual(refused);
      expect(await batches.next()).toEqual({ value: undefined, done: true });
      const waiting = ours.events();
      const next = waiting.next();
      produce("fill_ring", 1);
      drained(theirs);
      produce("fill_ring", 1);
      await expect(next).rejects.toEqual(refused);
      expect(await waiting.next()).toEqual({ value: undefined, done: true });
      expect(drained(ours)).toEqual([102]);
    });
  });

  test("answers two calls of next() in their order", async () => {
    const ring = new RingBuffer(loaded.map("ring"), measurement);
    const iterator = ring.events();
    const both = Promise.all([iterator.next(), iterator.next()]);
    produce("fill_ring", 2);
    expect(await both).toMatchObject([{ value: { seq: 0 } }, { value: { seq: 1 } }]);
    await iterator.return?.();
  });

  test("lets timers run while events keep coming", async () => {
    const ring = new RingBuffer(loaded.map("ring"), measurement);
    const controller = new AbortController();
    let count = 0;
    // The events end when a timer has run, and not before.
    const timer = setInterval(() => {
      if (count > 1000) controller.abort();
    }, 1);
    produce("fill_ring", 500);
    for await (const _ of ring.events({ signal: controller.signal })) if (++count % 500 === 0) produce("fill_ring", 500);
    clearInterval(timer);
    expect(count).toBeGreaterThan(1000);
  });

  test("gives records of any length to those who ask for one byte at least", () => {
    const records = new RingBuffer(loaded.map("records"), bytes(32), { minBytes: 1 });
    produce("fill_records", 64);
    const sizes: number[] = [];
    records.drain((record, size) => {
      sizes.push(size);
      expect([...record]).toEqual(counting(0, 32).map((byte) => (byte < size ? byte : 0)));
    });
    expect(sizes).toEqual([...counting(1, 32), ...counting(1, 32)]);
  });

  test("refuses records that are too short, and goes on behind them", () => {
    const records = new RingBuffer(loaded.map("records"), bytes(2));
    produce("fill_records", 3);
    expect(() => records.drain(() => undefined)).toThrow(expect.objectContaining({ code: "event-too-short" }));
    const sizes: number[] = [];
    records.drain((_, size) => sizes.push(size));
    expect(sizes).toEqual([2, 3]);
  });

  test("is not made of a map of another kind", () => {
    expect(() => new RingBuffer(loaded.map("hash_map"), measurement)).toThrow(expect.objectContaining({ code: "codec-mismatch" }));
    expect(() => new PerfEventArray(loaded.map("ring"), measurement)).toThrow(expect.objectContaining({ code: "codec-mismatch" }));
  });
});

// parity: events.several
test("several streams are waited for at once, each by a loop of its own", async () => {
  const ring = new RingBuffer(loaded.map("ring"), measurement);
  const perf = new PerfEventArray(loaded.map("perf"), measurement);
  const order: string[] = [];
  const first = async (name: string, stream: RingBuffer<Measurement> | PerfEventArray<Measurement>): Promise<void> => {
    for await (const { seq } of stream) {
      order.push(`${name} ${seq}`);
      break;
    }
  };
  const both = [first("ring", ring), first("perf", perf)];
  setTimeout(() => produce("fill_perf", 1), 5);
  await both[1];
  produce("fill_ring", 1);
  await Promise.all(both);
  expect(order).toEqual(["perf 0", "ring 1"]);
});

describe("a perf event array", () => {
  // parity: events.perf
  test("gives single events, each with up to 7 bytes more than were sent", async () => {
    const perf = new PerfEventArray(loaded.map("perf"), measurement);
    produce("fill_perf", 20);
    const seen: number[] = [];
    for await (const event of perf) {
      seen.push(event.seq);
      if (seen.length === 20) break;
    }
    expect(seen.sort((a, b) => a - b)).toEqual(counting(0, 20));
    produce("fill_perf", 1);
    perf.drain((event, size) => {
      expect(event.comm).toBe("sample");
      expect(size).toBeGreaterThanOrEqual(40);
      expect(size).toBeLessThan(48);
    });
  });

  test("tells the size that the program sent where that is known, and refuses what is longer", () => {
    const sizes: number[] = [];
    using perf = new PerfEventArray(loaded.map("perf"), measurement, { minBytes: 40, maxBytes: 40 });
    produce("fill_perf", 3);
    perf.drain((_, size) => sizes.push(size));
    expect(sizes).toEqual([40, 40, 40]);
    perf.close();
    using short = new PerfEventArray(loaded.map("perf"), bytes(32), { maxBytes: 32 });
    produce("fill_perf", 1);
    expect(() => short.drain(() => undefined)).toThrow(expect.objectContaining({ code: "event-too-long" }));
  });

  test("goes round and round, also where a record goes over the end of the ring", () => {
    const perf = new PerfEventArray(loaded.map("perf"), measurement);
    const seen: number[] = [];
    for (let round = 0; round < 50; round++) {
      produce("fill_perf", 37);
      perf.drain(({ seq, comm }) => {
        seen.push(seq);
        expect(comm).toBe("sample");
      });
    }
    expect(seen.sort((a, b) => a - b)).toEqual(counting(0, 50 * 37));
    expect(perf.lost).toBe(0);
  });

  // parity: helpers.lost
  test("counts what the kernel dropped, and tells of it", () => {
    const told: { count: number; cpu: number }[] = [];
    const perf = new PerfEventArray(loaded.map("perf"), measurement, { onLost: (count, cpu) => told.push({ count, cpu }) });
    produce("fill_perf", 500);
    let count = perf.drain(() => undefined);
    // The kernel tells of the loss with the next event that it has room for, on the CPU that lost it.
    for (let round = 0; round < 100 && count + perf.lost < 500 + round; round++) {
      produce("fill_perf", 1);
      count += perf.drain(() => undefined);
    }
    expect(perf.lost).toBeGreaterThan(0);
    expect(count + perf.lost).toBe(Number(loaded.section(".bss").view.getBigUint64(0, true)));
    expect(told.reduce((sum, one) => sum + one.count, 0)).toBe(perf.lost);
    expect(told.every(({ cpu }) => cpu >= 0 && cpu < availableParallelism())).toBe(true);
  });

  test("wakes a waiting batch", async () => {
    const perf = new PerfEventArray(loaded.map("perf"), measurement);
    const iterator = perf.batches();
    setTimeout(() => produce("fill_perf", 5), 10);
    const { value: batch } = await iterator.next();
    expect(batch.at(0).comm).toBe("sample");
    await iterator.return?.();
  });
});
