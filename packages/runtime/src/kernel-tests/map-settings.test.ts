import { mkdtempSync, rmSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { MapHandle, type OpenObject } from "../index.ts";
import { openFixture } from "./fixtures.test.support.ts";

/** BPF_F_NO_PREALLOC and BPF_F_NUMA_NODE. @see include/uapi/linux/bpf.h */
const noPreallocation = 1 << 0;
const onNumaNode = 1 << 2;
let pins: string;

beforeAll(() => {
  pins = mkdtempSync("/sys/fs/bpf/lbc-settings-");
});
afterAll(() => rmSync(pins, { recursive: true }));

/** The maps that every kernel of at least 5.10 has. */
const open = (): OpenObject => openFixture("kinds_5_10", { pinFolder: pins });

test("type, sizes and flags of a map can be changed before load", () => {
  const changed = open();
  const shared = changed.map("lbc_shared");
  shared.pinPath = null;
  Object.assign(shared, { type: "lru_hash", keySize: 16, valueSize: 24, maxEntries: 100 });
  const { flags } = changed.map("routes");
  changed.map("inner").flags = noPreallocation;
  using loaded = withoutTables(changed).load();
  expect(loaded.map("lbc_shared").info).toMatchObject({ type: "lru_hash", keySize: 16, valueSize: 24, maxEntries: 100 });
  expect([loaded.map("inner").info.flags, loaded.map("routes").info.flags]).toEqual([noPreallocation, flags]);
});

/** The slots of `tables` are filled with `inner`, which has to be like the template. */
function withoutTables(object: OpenObject): OpenObject {
  object.map("tables").autocreate = false;
  object.program("nested").autoload = false;
  return object;
}

test("a map takes the memory of the NUMA node that is asked for, or is not made", () => {
  const changed = (node: number): OpenObject => {
    const object = withoutTables(open());
    Object.assign(object.map("inner"), { flags: noPreallocation | onNumaNode, numaNode: node });
    return object;
  };
  using loaded = changed(0).load();
  expect(loaded.map("inner").info.flags).toBe(noPreallocation | onNumaNode);
  expect(() => changed(100_000).load()).toThrow(expect.objectContaining({ code: "map-failed", errno: "EINVAL", place: { type: "inner" } }));
});

// parity: maps.autocreate
test("a map whose autocreate is off is not made, and a program that uses it is refused with why", () => {
  using loaded = withoutTables(open()).load();
  expect(() => loaded.map("tables")).toThrow(expect.objectContaining({ code: "no-such-map" }));
  const object = open();
  object.map("queue").autocreate = false;
  expect(() => object.load()).toThrow(
    expect.objectContaining({
      code: "verifier-refused",
      hint: expect.stringContaining("autocreate"),
      verifierLog: expect.stringContaining("#20010000"),
    }),
  );
});

test("a map of maps takes its template from a map that exists, and then maps that are like it", () => {
  using template = MapHandle.create({ type: "hash", valueSize: 16, maxEntries: 8 });
  const object = withoutTables(open());
  object.map("named_tables").innerMap = template;
  using loaded = object.load();
  using like = MapHandle.create({ type: "hash", valueSize: 16, maxEntries: 8 });
  const slot = new Uint8Array(new Uint32Array([like.fd]).buffer);
  loaded.map("named_tables").update(new Uint8Array(8), slot);
  const other = new Uint8Array(new Uint32Array([loaded.map("inner").fd]).buffer);
  expect(() => loaded.map("named_tables").update(new Uint8Array(8), other)).toThrow(expect.objectContaining({ errno: "EINVAL" }));
});
