import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { LbcError } from "@lbc/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Attr } from "../bpf/attr.ts";
import { type LoadedObject, OpenObject, PerfEventArray, RingBuffer } from "../index.ts";
import { linuxSys } from "../sys/linux.ts";
import type { Sys } from "../sys/sys.ts";
import { fixtureBytes, hit, measurement, openFixture } from "./fixtures.test.support.ts";
import { kernelBefore } from "./needs.test.support.ts";

/** `LBC_ROUNDS=1000` is the long set. */
const rounds = Number(process.env["LBC_ROUNDS"] ?? 50);
const ENOMEM = -12;
/** Commands that open an object by its id. @see include/uapi/linux/bpf.h */
const openById = { prog_id: 13, map_id: 14, btf_id: 19, link_id: 30 } as const;
type Kind = keyof typeof openById;

const descriptors = (): string[] => readdirSync("/proc/self/fd");
const mappings = (): number =>
  readFileSync("/proc/self/maps", "utf8")
    .split("\n")
    .filter((line) => /bpf-map|perf_event/.test(line)).length;

/** Every BPF object that this process holds: `map_id 17`. */
function held(): string[] {
  return descriptors().flatMap((fd) => {
    try {
      const info = readFileSync(`/proc/self/fdinfo/${fd}`, "utf8");
      return [...info.matchAll(/^(prog_id|map_id|btf_id|link_id):\s*(\d+)$/gm)].map(([, kind, id]) => `${kind} ${id}`);
    } catch {
      // The descriptor by which the folder itself was read.
      return [];
    }
  });
}

function exists(object: string): boolean {
  const [kind, id] = object.split(" ");
  const sys = linuxSys();
  const fd = sys.bpf(openById[kind as Kind], new Attr(sys, 12).u32(0, Number(id)).bytes);
  if (fd >= 0) sys.close(fd);
  return fd >= 0;
}

/** The kernel frees what is not used any more after a grace period. */
async function survivors(objects: Iterable<string>): Promise<string[]> {
  let left = [...objects];
  for (let wait = 0; wait < 100 && left.length > 0; wait++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    left = left.filter(exists);
  }
  return left;
}

/** Open, load, attach, read, close. */
async function round(seen: Set<string>): Promise<void> {
  using loaded = openFixture("attach").load();
  loaded.attach();
  using events = new RingBuffer(loaded.map("events"), hit);
  const reading = events.events()[Symbol.asyncIterator]().next();
  for (const object of held()) seen.add(object);
  loaded.close();
  expect(await reading).toMatchObject({ done: expect.any(Boolean) });
}

let before: { readonly fds: number; readonly maps: number };
beforeAll(async () => {
  // What is made once and kept: the event loop's own descriptors, koffi's.
  await round(new Set());
  before = { fds: descriptors().length, maps: mappings() };
});

const after = () => ({ fds: descriptors().length, maps: mappings() });

// parity: errors.rounds
test(`${rounds} rounds leave no BPF object, descriptor or mapping behind`, { timeout: 600_000 }, async () => {
  const seen = new Set<string>();
  for (let count = 0; count < rounds; count++) await round(seen);
  expect(after()).toEqual(before);
  // Programs' links, five maps and more in each round; BTF may be shared. Tracepoints have links since 5.15.
  const links = kernelBefore("5.15") === null ? 3 : 2;
  expect([...seen].filter((object) => object.startsWith("link_id")).length).toBeGreaterThanOrEqual(links * rounds);
  expect(await survivors(seen)).toEqual([]);
});

/** A system whose system call of this number fails, and how many there were. */
function failing(at: number): { readonly sys: Sys; readonly count: () => number } {
  const real = linuxSys();
  let count = 0;
  const or = <Result>(call: () => Result): Result | number => (++count === at ? ENOMEM : call());
  const sys: Sys = {
    ...real,
    bpf: (command, attr) => or(() => real.bpf(command, attr)) as number,
    mmap: (...words) => or(() => real.mmap(...words)),
    perfEventOpen: (...words) => or(() => real.perfEventOpen(...words)) as number,
    ioctl: (...words) => or(() => real.ioctl(...words)) as number,
  };
  return { sys, count: () => count };
}

describe("a system call that fails, whichever it is,", () => {
  const whole = (name: "attach" | "maps", sys: Sys): void => {
    using loaded = OpenObject.open(fixtureBytes(name), { sys }).load();
    loaded.attach();
    using _stream = name === "maps" ? new PerfEventArray(loaded.map("perf"), measurement) : new RingBuffer(loaded.map("events"), hit);
  };

  // parity: errors.failures
  test.each(["attach", "maps"] as const)("is an LbcError or is got over, and leaves nothing behind of %s", async (name) => {
    const counted = failing(0);
    whole(name, counted.sys);
    let refused = 0;
    for (let at = 1; at <= counted.count(); at++) {
      try {
        whole(name, failing(at).sys);
      } catch (error) {
        expect(error).toBeInstanceOf(LbcError);
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(10);
    expect(after()).toEqual(before);
    expect(held()).toEqual([]);
  });

  test("does not end in a crash of the process that leaves programs attached", async () => {
    const script = `
      import { openFixture } from ${JSON.stringify(new URL("fixtures.test.support.ts", import.meta.url).href)};
      const loaded = openFixture("attach").load();
      const links = ["on_raw_tracepoint", "on_tp_btf"].map((name) => loaded.program(name).attach());
      console.log(links.map((link) => "link_id " + link.info.id).join());
      process.kill(process.pid, "SIGKILL");`;
    const { stdout, signal } = spawnSync(process.execPath, ["--conditions=@lbc/source", "--input-type=module", "-e", script], {
      encoding: "utf8",
    });
    const links = stdout.trim().split(",");
    expect([signal, links.length]).toEqual(["SIGKILL", 2]);
    expect(await survivors(links)).toEqual([]);
  });
});

describe("after close", () => {
  let loaded: LoadedObject;
  beforeAll(() => {
    loaded = openFixture("attach").load();
  });
  afterAll(() => loaded.close());

  // parity: errors.closed
  test("everything that was kept throws an LbcError with the code `closed`", () => {
    const kept = {
      map: loaded.map("events"),
      program: loaded.program("on_tracepoint"),
      section: loaded.section(".bss"),
      link: loaded.program("on_tracepoint").attach(),
      stream: new RingBuffer(loaded.map("events"), hit),
    };
    loaded.close();
    loaded.close();
    for (const use of [
      () => kept.map.fd,
      () => kept.map.lookup(new Uint8Array()),
      () => kept.program.attach(),
      () => kept.program.testRun(),
      () => kept.section.view,
      () => kept.link.info,
      () => kept.link.pin("/sys/fs/bpf/none"),
      () => kept.stream.drain(() => undefined),
      () => loaded.attach(),
    ]) {
      expect(use, String(use)).toThrow(expect.objectContaining({ code: "closed" }));
      expect(use).toThrow(LbcError);
    }
  });
});
