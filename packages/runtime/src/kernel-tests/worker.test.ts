import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { describe, expect, test } from "vitest";
import { Attr } from "../bpf/attr.ts";
import { command } from "../bpf/commands.ts";
import { linuxSys } from "../sys/linux.ts";

/** Loads and attaches, tells the ids of the programs that have links, which not all have before 5.15, and goes on as `end` says. */
const script = (end: string): string => `
  const at = (path) => import(new URL(path, ${JSON.stringify(import.meta.url)}));
  const { parentPort } = require("node:worker_threads");
  const run = async () => {
    const [{ hit, openFixture }, { RingBuffer }] = await Promise.all([at("fixtures.test.support.ts"), at("../index.ts")]);
    const closed = openFixture("attach").load();
    closed.close();
    const loaded = openFixture("attach").load();
    loaded.attach();
    parentPort.postMessage(loaded.links.filter(({ fd }) => fd !== null).map(({ info }) => info.programId));
    ${end}
  };
  run();
`;

function exists(program: number): boolean {
  const sys = linuxSys();
  const fd = sys.bpf(command.programFdById, new Attr(sys, 12).u32(0, program).bytes);
  if (fd >= 0) sys.close(fd);
  return fd >= 0;
}

/** The kernel frees what is not used any more after a grace period. */
async function survivors(programs: readonly number[]): Promise<number[]> {
  let left = [...programs];
  for (let wait = 0; wait < 100 && left.length > 0; wait++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    left = left.filter(exists);
  }
  return left;
}

describe("a worker thread that does not close its object leaves nothing attached", () => {
  test.each([
    ["when it exits while it waits for events", "new RingBuffer(loaded.map('events'), hit).events().next(); process.exit(0);"],
    ["when nothing is left to do", ""],
    ["when an error ends it", "throw new Error('ends the worker');"],
  ])("%s", async (_, end) => {
    const worker = new Worker(script(end), { eval: true, execArgv: ["--conditions=@lbc/source"] });
    worker.on("error", () => undefined);
    const ended = new Promise((resolve) => worker.once("exit", resolve));
    const [programs] = (await once(worker, "message")) as [number[]];
    await ended;
    expect(programs.length).toBeGreaterThan(0);
    expect(await survivors(programs)).toEqual([]);
  });
});
