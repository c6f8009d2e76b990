import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { release } from "node:os";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { readElf } from "@lbc/core/elf";
import { resolveLayout } from "@lbc/core/layout";
import { readObject } from "@lbc/core/object";
import { beforeAll, describe, expect, test } from "vitest";
import { loadModule } from "./load-module.test.support.ts";

interface Run {
  readonly returnValue: number;
}
interface RunnableProgram {
  testRun(input: { data?: Uint8Array }): Run;
  attach(): { close(): void };
}
interface Stream extends AsyncIterable<Record<string, unknown>> {
  drain(callback: (event: Record<string, unknown>, size: number) => void): number;
  batches?(): AsyncIterable<{ readonly length: number; bytesAt(index: number): Uint8Array }>;
}
interface KernelMap {
  get(key: unknown): unknown;
  set(key: unknown, value: unknown): void;
}
interface Skeleton extends Disposable {
  readonly maps: Readonly<Record<string, KernelMap & Stream>>;
  readonly programs: Readonly<Record<string, RunnableProgram>>;
  readonly bss: Record<string, unknown>;
  readonly rodata: Readonly<Record<string, unknown>>;
  readonly dataConfig: Record<string, unknown>;
  readonly links: readonly unknown[];
  attach(): void;
  close(): void;
}
interface Opener {
  open(options?: object): { load(): Skeleton } & Disposable;
}

/** Set-up compiles these from packages/conformance/fixtures/kernel; `tools/fixtures/compile.ts` does it again. */
async function fixture(name: "arena" | "attach" | "maps" | "operations"): Promise<Record<string, Opener>> {
  const path = fileURLToPath(new URL(`../../../.lbc/fixtures/${name}.bpf.o`, import.meta.url));
  const object = await readFile(path);
  const layout = resolveLayout(readObject(readElf(object)), { name });
  return loadModule(layout, { object, source: basename(path), version: "0.0.0" });
}

const packet = { data: new Uint8Array(64) };
const limits = { limit: 42, mode: 3 };
let Maps: Opener;
let Attach: Opener;
beforeAll(async () => {
  Maps = (await fixture("maps"))["Maps"] as Opener;
  Attach = (await fixture("attach"))["Attach"] as Opener;
});

/** One of the skeleton's parts; a test on a part that is not there fails here. */
function part<T>(parts: Readonly<Record<string, T>>, name: string): T {
  const found = parts[name];
  if (found === undefined) throw new Error(`the skeleton has no ${name}`);
  return found;
}

describe("a generated skeleton in the kernel", () => {
  test("values that are set before loading reach the programs, and events come back typed", async () => {
    using skel = Maps.open({ rodata: { step: 3 } }).load();
    const fill = part(skel.programs, "fillRing");
    fill.testRun(packet);
    fill.testRun(packet);
    const events: Record<string, unknown>[] = [];
    for await (const event of part(skel.maps, "ring")) if (events.push(event) === 2) break;
    expect(events[1]).toMatchObject({ seq: 3n, kind: 3, level: -3, rest: 0xabcdef, color: 5, comm: "sample" });
    expect(events[1]?.["addr"]).toMatchObject({ bytes: Uint8Array.of(127, 0, 0, 1) });
  });

  test("globals are live, of custom sections too", () => {
    using skel = Maps.open({ dataConfig: { limits } }).load();
    expect(skel.dataConfig["limits"]).toEqual(limits);
    const touch = part(skel.programs, "touchMaps");
    expect(touch.testRun(packet).returnValue).toBe(42 + "h".charCodeAt(0));
    expect(skel.bss["produced"]).toBe(1n);
    skel.bss["produced"] = 9n;
    skel.dataConfig["limits"] = { ...limits, limit: 1 };
    expect(touch.testRun(packet).returnValue).toBe(1 + "h".charCodeAt(0));
    expect(skel.bss["slots"]).toMatchObject([{ count: 0n }, { count: 10n, name: "touched" }]);
    expect(skel.rodata["greeting"]).toBe("hello");
  });

  test("maps have typed keys and values, one for each CPU where they are per-CPU", () => {
    using skel = Maps.open().load();
    part(skel.programs, "touchMaps").testRun(packet);
    expect(part(skel.maps, "hashMap").get({ id: 1, port: 80 })).toMatchObject({ delta: -5, color: -1, name: "touched" });
    const flow = { count: 1n, delta: 2, color: 77, name: "mine" };
    part(skel.maps, "hashMap").set({ id: 2, port: 443 }, flow);
    expect(part(skel.maps, "hashMap").get({ id: 2, port: 443 })).toEqual(flow);
    expect(part(skel.maps, "percpuMap").get(1)).toContain(1n);
    expect(part(skel.maps, "percpuSlots").get(1)).toContain(7);
  });

  test("records without a type are bytes, each as long as it was sent", () => {
    using skel = Maps.open().load();
    for (let run = 0; run < 3; run++) part(skel.programs, "fillRecords").testRun(packet);
    const records: unknown[] = [];
    part(skel.maps, "records").drain((record) => records.push(record));
    expect(records).toEqual([Uint8Array.of(0), Uint8Array.of(0, 1), Uint8Array.of(0, 1, 2)]);
  });

  test("what open() is told of maps and programs is what is loaded", () => {
    using skel = Maps.open({ maps: { records: { maxEntries: 8192 } }, programs: { optional: { autoload: true } } }).load();
    expect(part(skel.programs, "optional").testRun(packet).returnValue).toBe(7);
    expect((part(skel.maps, "records") as unknown as { map: { maxEntries: number } }).map.maxEntries).toBe(8192);
  });

  test("attach() attaches what knows its target, and closing ends it", () => {
    const skel = Attach.open({ rodata: { targetPid: process.pid } }).load();
    skel.attach();
    expect(skel.links).toHaveLength(3);
    execFileSync("/bin/true");
    const hooks = new Set<unknown>();
    part(skel.maps, "events").drain(({ hook }) => hooks.add(hook));
    expect([...hooks].sort()).toEqual([0, 1, 2]);
    skel.close();
    skel.close();
    expect(() => skel.bss["hits"]).toThrow(expect.objectContaining({ code: "closed" }));
  });
});

interface Arena {
  get(pointer: bigint, type: unknown): { readonly value: bigint; readonly next: bigint } | undefined;
}
interface Operations {
  readonly fields: Record<string, unknown>;
  autoattach: boolean;
}

describe("what only some objects have", () => {
  test("an arena is read by the pointers in it", async ({ skip }) => {
    const [major = 0, minor = 0] = release().split(".").map(Number);
    if (major < 6 || (major === 6 && minor < 9)) skip(`arenas need Linux 6.9, and this is ${release()}`);
    const { Arena_, ListItem } = await fixture("arena");
    using skel = (Arena_ as Opener).open({ addrSpace1: { factor: 5n } }).load() as Skeleton & { addrSpace1: { first: bigint } };
    part(skel.programs, "makeList").testRun({});
    const memory = part(skel.maps, "memory") as unknown as Arena;
    const values: bigint[] = [];
    for (let item = memory.get(skel.addrSpace1.first, ListItem); item !== undefined; item = memory.get(item.next, ListItem)) {
      values.push(item.value);
    }
    expect(values).toEqual([5n, 10n, 15n, 20n]);
  });

  test("kernel operations have typed data until they are loaded, and are left out where open() is told so", async () => {
    const { Operations } = await fixture("operations");
    const options = { structOps: { lbcPlain: { autoload: false, fields: { name: "mine" } } } };
    const open = (Operations as Opener).open(options) as ReturnType<Opener["open"]> & { structOps: Record<string, Operations> };
    const plain = part(open.structOps, "lbcPlain");
    expect([plain.fields["name"], part(open.structOps, "lbcLinked").fields["name"]]).toEqual(["mine", "lbc_linked"]);
    using skel = open.load() as Skeleton & { structOps: Record<string, { attach(): unknown }> };
    expect(() => part(skel.structOps, "lbcPlain").attach()).toThrow(expect.objectContaining({ code: "not-loaded" }));
    expect(() => plain.fields).toThrow(expect.objectContaining({ code: "already-loaded" }));
  });
});
