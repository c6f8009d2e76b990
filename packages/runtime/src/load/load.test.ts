import type { BpfObject, MapDefinition } from "@lbc/core/object";
import { describe, expect, test } from "vitest";
import { command } from "../bpf/commands.ts";
import { FakeSys, type FakeSystem } from "../sys/fake.test.support.ts";
import { OpenObject } from "./open-object.ts";
import { mapDefaults, smallObject } from "./small-object.test.support.ts";

const EPERM = -1;
const EINTR = -4;
const E2BIG = -7;
const EAGAIN = -11;
const EACCES = -13;
const EINVAL = -22;
const ENOSPC = -28;
const files = { "/sys/devices/system/cpu/possible": "0-3", "/sys/devices/system/cpu/online": "0-3" };

function openOn(system: FakeSystem, change: Partial<BpfObject> = {}): { readonly sys: FakeSys; readonly open: OpenObject } {
  const sys = new FakeSys({ files, ...system });
  return { sys, open: new OpenObject(smallObject(change), { sys, name: "small" }) };
}

/** Answers one command, and leaves the others to the fake. */
const answering = (number: number, answer: (attr: DataView, sys: FakeSys) => number | undefined): FakeSystem => ({
  bpf: (asked, attr, sys) => (asked === number ? answer(attr, sys) : undefined),
});

const nameAt = (attr: DataView, offset: number): string =>
  String.fromCharCode(...new Uint8Array(attr.buffer, attr.byteOffset + offset, 16)).split("\0", 1)[0] ?? "";

describe("a load that succeeds", () => {
  test("makes maps and programs by their names, and closes every descriptor in the end", () => {
    const { sys, open } = openOn({});
    const loaded = open.load();
    const made = sys.calls.filter((call) => call.command === command.mapCreate).map(({ attr }) => nameAt(attr, 28));
    expect(made).toEqual(["counts", "ring", "perf", "small.bss"]);
    expect(sys.calls.filter((call) => call.command === command.programLoad).map(({ attr }) => nameAt(attr, 48))).toEqual(["filter"]);
    expect(sys.openFds.size).toBe(made.length + 1);
    loaded.close();
    expect(sys.openFds.size).toBe(0);
  });

  test.each([
    ["5.10.0", true],
    ["5.11.0", false],
  ])("on %s lifts the limit of locked memory: %s", (release, lifted) => {
    const { sys, open } = openOn({ release });
    open.load();
    expect(sys.memoryLimitLifted).toBe(lifted);
  });

  test("rounds ring buffers up to whole powers of two, and perf event arrays up to the CPUs", () => {
    const { open } = openOn({});
    using loaded = open.load();
    expect([loaded.map("ring").maxEntries, loaded.map("perf").maxEntries, loaded.map("perf").pagesPerCpu]).toEqual([8192, 4, 64]);
  });

  test("tries again with signals blocked where one ended the verifier", () => {
    const { sys, open } = openOn(answering(command.programLoad, (_, { signalsBlocked }) => (signalsBlocked ? undefined : EAGAIN)));
    using loaded = open.load();
    expect(loaded.program("filter").fd).toBeGreaterThan(0);
    expect(sys.calls.filter((call) => call.command === command.programLoad)).toHaveLength(2);
  });

  test("runs a program many times with signals blocked, since one would end the runs halfway", () => {
    const { open } = openOn(answering(command.programTestRun, (_, { signalsBlocked }) => (signalsBlocked ? undefined : EINTR)));
    using loaded = open.load();
    expect(loaded.program("filter").testRun({ repeat: 2 }).returnValue).toBe(0);
    expect(() => loaded.program("filter").testRun({ repeat: 1 })).toThrow(expect.objectContaining({ code: "test-run-failed" }));
  });

  test("does without key and value types where the kernel refuses them for a map", () => {
    const typed = (attr: DataView): boolean => attr.getUint32(56, true) !== 0;
    const { sys, open } = openOn(answering(command.mapCreate, (attr) => (typed(attr) ? EINVAL : undefined)));
    using _loaded = open.load();
    const counts = sys.calls.filter(({ command: asked, attr }) => asked === command.mapCreate && nameAt(attr, 28) === "counts");
    expect(counts.map(({ attr }) => typed(attr))).toEqual([true, false]);
  });

  test("does without type information where the kernel takes none", () => {
    const { open } = openOn(answering(command.btfLoad, () => EINVAL));
    using loaded = open.load();
    expect(loaded.program("filter").fd).toBeGreaterThan(0);
  });

  test("leaves out programs that are switched off", () => {
    const { sys, open } = openOn({});
    open.program("filter").autoload = false;
    using loaded = open.load();
    expect(sys.calls.some((call) => call.command === command.programLoad)).toBe(false);
    expect(() => loaded.program("filter").attach()).toThrow(expect.objectContaining({ code: "not-loaded" }));
  });
});

describe("a load that fails leaves nothing open", () => {
  const writesLog = (text: string, result: number): FakeSystem =>
    answering(command.programLoad, (attr, sys) => {
      const size = attr.getUint32(28, true);
      const log = new TextEncoder().encode(text);
      if (size > 0) sys.at(attr.getBigUint64(32, true)).set(log.subarray(0, size - 1));
      return size > 0 && log.length >= size ? ENOSPC : result;
    });

  test.each<[string, FakeSystem, Partial<BpfObject>, object]>([
    ["no permission for type information", answering(command.btfLoad, () => EPERM), {}, { code: "no-permission", errno: "EPERM" }],
    ["no permission for maps", answering(command.mapCreate, () => EPERM), {}, { code: "no-permission" }],
    ["no permission for programs", answering(command.programLoad, () => EPERM), {}, { code: "no-permission", place: { type: "filter" } }],
    ["a map that the kernel refuses", answering(command.mapCreate, () => EINVAL), {}, { code: "map-failed", place: { type: "counts" } }],
    ["a program type that the kernel lacks", answering(command.programLoad, () => EINVAL), {}, { code: "load-failed", errno: "EINVAL" }],
    [
      "the verifier's refusal",
      writesLog("0: (95) exit\nR0 !read_ok\nprocessed 1 insns (limit 1000000)", EACCES),
      {},
      {
        code: "verifier-refused",
        errno: "EACCES",
        message: expect.stringContaining("R0 !read_ok"),
        verifierLog: expect.stringContaining("(95)"),
      },
    ],
    [
      "a verifier that talks more than fits into the first buffer",
      writesLog(`${"x".repeat(100_000)}\nlast line`, EACCES),
      {},
      { code: "verifier-refused", message: expect.stringContaining("last line") },
    ],
    [
      "a map of the old kind",
      {},
      { legacyMaps: [{ name: "old", section: "maps", offset: 0 }] },
      { code: "unsupported", place: { section: "maps", type: "old" } },
    ],
    [
      "an object that has to be linked first",
      {},
      { unresolved: ["helper"] },
      { code: "unresolved-extern", message: expect.stringContaining("helper") },
    ],
    [
      "an object of the other byte order",
      {},
      { elf: { bytes: new Uint8Array(), endianness: "big", sections: [], symbols: [] } },
      { code: "wrong-endianness" },
    ],
    [
      "variables in an arena, without an arena",
      {},
      { data: [{ name: ".addr_space.1", kind: "arena", sectionIndex: 3, size: 8, align: 8, variables: [] }] },
      { code: "bad-object", place: { section: ".addr_space.1" } },
    ],
  ])("%s", (_, system, change, expected) => {
    const { sys, open } = openOn(system, change);
    expect(() => open.load()).toThrow(expect.objectContaining(expected));
    expect(sys.openFds.size).toBe(0);
    expect(() => open.load()).toThrow(expect.objectContaining({ code: "already-loaded" }));
  });
});

// parity: errors.since
describe("what an older kernel refuses without a reason is named, with the version that has it", () => {
  const wanted: MapDefinition = { ...mapDefaults, name: "wanted", type: "user_ringbuf", maxEntries: 4096, keySize: 0, valueSize: 0 };
  const [filter] = smallObject().programs;
  if (filter === undefined) throw new Error("the object has a program");
  const refusing = (number: number, result: number, release: string): FakeSystem => ({ ...answering(number, () => result), release });

  test.each<[string, FakeSystem, Partial<BpfObject>, object]>([
    [
      "a kind of map",
      refusing(command.mapCreate, EINVAL, "5.10.0-33-amd64"),
      { maps: [wanted] },
      { message: "map wanted: user_ringbuf came with Linux 6.1, and this is 5.10", since: "6.1", place: { type: "wanted" } },
    ],
    [
      "a kind of map whose description is longer",
      refusing(command.mapCreate, E2BIG, "5.15.0"),
      { maps: [{ ...wanted, type: "bloom_filter" }] },
      { message: "map wanted: bloom_filter came with Linux 5.16, and this is 5.15", since: "5.16", errno: "E2BIG" },
    ],
    [
      "a type of program",
      refusing(command.programLoad, EINVAL, "6.1.0"),
      { programs: [{ ...filter, type: "netfilter", attachType: "netfilter" }] },
      { message: "program filter: netfilter came with Linux 6.4, and this is 6.1", since: "6.4", place: { type: "filter" } },
    ],
    [
      "a hook",
      refusing(command.programLoad, EINVAL, "5.15.0"),
      { programs: [{ ...filter, type: "lsm", attachType: "lsm_cgroup" }] },
      { message: "program filter: lsm_cgroup came with Linux 6.0, and this is 5.15", since: "6.0" },
    ],
  ])("%s", (_, system, change, expected) => {
    const { sys, open } = openOn(system, change);
    expect(() => open.load()).toThrow(expect.objectContaining({ code: "unsupported", ...expected }));
    expect(sys.openFds.size).toBe(0);
  });

  test.each<[string, FakeSystem, object]>([
    ["has the kind", refusing(command.mapCreate, EINVAL, "6.1.0"), { code: "map-failed", since: undefined }],
    ["says that it is not permitted", refusing(command.mapCreate, EPERM, "5.10.0"), { code: "no-permission", since: undefined }],
  ])("but not where the kernel %s", (_, system, expected) => {
    const { open } = openOn(system, { maps: [wanted] });
    expect(() => open.load()).toThrow(expect.objectContaining(expected));
  });
});
