import { execFile } from "node:child_process";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { goldenLayout, moduleText, scratchFolder } from "./load-module.test.support.ts";
import { randomLayout } from "./random-layout.test.support.ts";

const workspace = fileURLToPath(new URL("../../..", import.meta.url));
const randomModules = 150;

let folder: string;
beforeAll(async () => {
  folder = await scratchFolder();
});
afterAll(() => rm(folder, { recursive: true }));

/** What the strictest settings of the workspace say of every module in the folder, in one run. */
async function typeErrors(): Promise<string> {
  const config = { extends: join(workspace, "tsconfig.base.json"), compilerOptions: { noEmit: true, types: ["node"] }, include: ["*.ts"] };
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify(config));
  await writeFile(join(folder, "package.json"), JSON.stringify({ type: "module" }));
  const tsc = join(workspace, "node_modules/typescript/bin/tsc");
  return promisify(execFile)(process.execPath, [tsc, "-p", folder]).then(
    ({ stdout }) => stdout,
    ({ stdout, stderr }) => `${stdout}${stderr}`,
  );
}

/** What a user writes, and what must not compile. */
const userCode = `
import { Event, Execsnoop, type OpenExecsnoop } from "./execsnoop.ts";

export async function trace(signal: AbortSignal): Promise<bigint> {
  using skel = Execsnoop.open({ rodata: { targetPpid: 1 }, maps: { events: { maxEntries: 4096 } }, programs: { onExec: { autoload: true } } }).load();
  skel.attach();
  using _link = skel.programs.onExec.attach();
  for await (const event of skel.maps.events) console(event.pid, event.comm);
  for await (const batch of skel.maps.events.batches({ signal })) batch.forEach((event: Event) => console(event.ppid, event.argv));
  skel.maps.execCounts.set(0, 1n);
  skel.bss.total = 0n;
  const offset: number = Event.fields.argv.offset;
  return (skel.maps.execCounts.get(0) ?? BigInt(offset)) + skel.bss.total;
}
declare function console(number: number, text: string): void;

export function mistakes(open: OpenExecsnoop, skel: Execsnoop, event: Event): void {
  // @ts-expect-error: nothing is read before it is loaded
  open.maps.execCounts.get(0);
  // @ts-expect-error: nothing is attached before it is loaded
  open.attach();
  // @ts-expect-error: .rodata cannot change any more
  skel.rodata.targetPpid = 2;
  // @ts-expect-error: a key of another type
  skel.maps.execCounts.get("0");
  // @ts-expect-error: an event is a copy
  event.pid = 1;
  // @ts-expect-error: no such variable
  Execsnoop.open({ rodata: { targetPid: 1 } });
}
`;

const operationsCode = `
import { Node, type OpenOperations, Operations } from "./operations.ts";

export function sum(): bigint {
  const fields = { flags: 1, name: "mine" };
  using skel = Operations.open({ structOps: { lbcControl: { fields }, lbcDummy: { autoload: true, autoattach: false } } }).load();
  using _link = skel.structOps.lbcDummy.attach();
  const fd: number = skel.structOps.lbcControl.fd;
  let sum = BigInt(fd);
  let pointer: bigint = skel.addrSpace1.first;
  for (let node = skel.maps.memory.get(pointer, Node); node !== undefined; node = skel.maps.memory.get(pointer, Node)) {
    sum += node.value;
    pointer = node.next;
  }
  return sum;
}

export function mistakes(open: OpenOperations): void {
  open.structOps.lbcControl.fields = { flags: 1 };
  open.structOps.lbcControl.fields.name = "mine";
  // @ts-expect-error: nothing is registered before it is loaded
  open.structOps.lbcControl.attach();
  // @ts-expect-error: a function is no data
  open.structOps.lbcControl.fields.ssthresh = 1;
  // @ts-expect-error: these have no data
  Operations.open({ structOps: { lbcDummy: { fields: {} } } });
}
`;

test("generated modules and what is written with them pass the strictest settings of tsc", async () => {
  for (const name of ["execsnoop", "operations", "shapes", "shapes-be"] as const) {
    await writeFile(join(folder, `${name}.ts`), await moduleText(await goldenLayout(name)));
  }
  await writeFile(join(folder, "user.ts"), userCode);
  await writeFile(join(folder, "operations-user.ts"), operationsCode);
  for (const [index, layout] of fc.sample(randomLayout, { numRuns: randomModules, seed: 24 }).entries()) {
    await writeFile(join(folder, `random-${index}.ts`), await moduleText(layout));
  }
  expect(await typeErrors()).toBe("");
});
