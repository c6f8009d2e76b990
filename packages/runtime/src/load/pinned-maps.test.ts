import type { MapDefinition } from "@lbc/core/object";
import { describe, expect, test } from "vitest";
import { command } from "../bpf/commands.ts";
import { mapTypeNumber } from "../bpf/map-info.ts";
import { FakeSys } from "../sys/fake.test.support.ts";
import { createDeclaredMap } from "./create-maps.ts";
import { OpenObject } from "./open-object.ts";
import { mapDefaults, smallObject } from "./small-object.test.support.ts";

const ENOENT = -2;
const EEXIST = -17;
const EINVAL = -22;
const BPF_F_RDONLY_PROG = 1 << 7;
const path = "/sys/fs/bpf/declared";
const pinnedFd = 50;

const declared: MapDefinition = { ...mapDefaults, name: "declared", type: "hash", valueSize: 8, maxEntries: 10, pinning: "by-name" };
const settings = { maxEntries: declared.maxEntries, pagesPerCpu: 0, pinPath: path };

interface BpfFileSystem {
  /** As the kernel tells of it; null where none is pinned. */
  readonly there: MapDefinition | null;
  /** Whether it comes only after the first look. */
  readonly late?: boolean;
  /** The answer to BPF_PROG_LOAD. */
  readonly programs?: number;
}

function system({ there, late = false, programs }: BpfFileSystem): FakeSys {
  let looks = 0;
  return new FakeSys({
    bpf: (asked, attr, sys) => {
      if (asked === command.programLoad) return programs;
      if (asked === command.objectGet) return there === null || (late && looks++ === 0) ? ENOENT : pinnedFd;
      if (asked === command.objectPin) return there === null ? 0 : EEXIST;
      if (asked !== command.objectInfo || there === null) return undefined;
      const info = sys.at(attr.getBigUint64(8, true));
      const view = new DataView(info.buffer, info.byteOffset);
      const numbers = [mapTypeNumber(there.type), 7, there.keySize, there.valueSize, there.maxEntries, there.flags];
      for (const [index, number] of numbers.entries()) view.setUint32(4 * index, number, true);
      view.setBigUint64(80, there.extra, true);
      return 0;
    },
  });
}

const take = (there: MapDefinition, wanted: MapDefinition = there) => createDeclaredMap(system({ there }), wanted, settings, null);

describe("a map that is pinned already", () => {
  test("is used where it is what the object declares", () => {
    expect(take(declared).fd).toBe(pinnedFd);
  });

  test.each(["devmap", "devmap_hash"] as const)("may be a %s, of which the kernel tells one flag more", (type) => {
    const map = { ...declared, type, valueSize: 4 };
    expect(take({ ...map, flags: BPF_F_RDONLY_PROG }, map).fd).toBe(pinnedFd);
    expect(() => take({ ...declared, flags: BPF_F_RDONLY_PROG }, declared)).toThrow(
      expect.objectContaining({ code: "map-failed", message: expect.stringContaining("flags 128 instead of 0") }),
    );
  });

  test("is refused where it hashes another number of times", () => {
    const filter: MapDefinition = { ...declared, type: "bloom_filter", keySize: 0, extra: 5n };
    expect(() => take({ ...filter, extra: 3n }, filter)).toThrow(
      expect.objectContaining({ code: "map-failed", message: expect.stringContaining("extra 3 instead of 5") }),
    );
  });

  test("by another loader, since this one looked, is used as well", () => {
    const sys = system({ there: declared, late: true });
    const map = createDeclaredMap(sys, declared, settings, null);
    expect(map.fd).toBe(pinnedFd);
    expect(sys.openFds.size).toBe(0);
  });
});

test("a map that its user names is taken as it is, whatever the object declares", () => {
  const sys = system({ there: { ...declared, type: "lru_hash", valueSize: 16, maxEntries: 99 } });
  const map = createDeclaredMap(sys, declared, { ...settings, reuse: { fd: 60 } }, null);
  expect(map).toMatchObject({ name: "declared", type: "lru_hash", valueSize: 16, maxEntries: 99 });
});

describe("the pin of a map", () => {
  const object = smallObject({ maps: [declared], data: [] });
  const unlinked = (files: BpfFileSystem): readonly string[] => {
    const sys = system(files);
    const load = (): void => new OpenObject(object, { sys }).load().close();
    if (files.programs === undefined) load();
    else expect(load).toThrow(expect.objectContaining({ code: "load-failed" }));
    return sys.unlinked;
  };

  test("goes where the load fails later that made it", () => {
    expect(unlinked({ there: null, programs: EINVAL })).toEqual([path]);
  });

  test("stays where the load succeeds, and where it was there before", () => {
    expect(unlinked({ there: null })).toEqual([]);
    expect(unlinked({ there: declared, programs: EINVAL })).toEqual([]);
  });
});
